#pragma once
// What a folder holds: which of its entries are data, and in which order. Whoever lists files does it here.
//
// The rules: hidden entries and what systems and programs leave lying about (is_left_over) are no data. Links are followed.
// Names that are data are UTF-8 without control characters, since manifests, reports and terminals show them; others throw
// Error with the name escaped. The order is natural_less.

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace facemat {

namespace fs = std::filesystem;

// Whether a is before b in the order of people: folder by folder ('/' comes before all else), runs of digits as whole numbers,
// all else by its bytes, so capitals come before small letters. Signs and points are no part of numbers: frame9 before frame10,
// v1.9 before v1.10, and -1 before -2. Leading zeros do not count; where they alone differ, more of them come first: 01
// before 1.
bool natural_less(std::string_view a, std::string_view b);

// Whether an entry called `name` (without folder) is none of the data: hidden ones (.DS_Store, ._f0.png, .ipynb_checkpoints),
// what archives and file managers add (__MACOSX, Thumbs.db, desktop.ini, Icon\r, @eaDir, $RECYCLE.BIN, lost+found), backups
// (f0.png~, *.bak, *.orig), locks (~$f0.png, #f0.png#), and what is half-written (*.facemat-part-12, *.partial, *.part,
// *.crdownload,
// *.tmp, *.swp).
bool is_left_over(std::string_view name);

// The same for a path in an archive: whether any of its parts is.
bool has_left_over(std::string_view path);

// Whether a file called `name` has one of `extensions` (lower case, with dot; any case matches).
bool has_extension(const fs::path& name, const std::vector<std::string>& extensions);

// Throws Error "FOLDER: no such folder", which says what a relative path is relative to.
void require_folder(const fs::path& folder);

// Files in `folder` itself with one of `extensions`. Throws Error naming a folder that is missing or cannot be read, and one of
// these files that cannot be looked at (a link that leads nowhere, or to itself).
std::vector<fs::path> list_files(const fs::path& folder, const std::vector<std::string>& extensions);

// What to do with a name that is not UTF-8 or has control characters.
enum class OddNames { kRefused, kListed };

// Names of the files below `folder`, at any depth, with one of `extensions`: paths relative to `folder`, with '/'. Throws Error
// naming a folder that is missing, cannot be read or links back to where it lies, and an entry that cannot be looked at.
std::vector<std::string> files_below(const fs::path& folder, const std::vector<std::string>& extensions,
                                     OddNames odd = OddNames::kRefused);

// Names of the folders in `folder`, under the same rules.
std::vector<std::string> folders_in(const fs::path& folder);

}  // namespace facemat
