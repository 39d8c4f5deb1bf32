#pragma once
// Which files a source has: listed once (src/core/folder.h), filtered by lists of names, joined with their partners. Files are
// kept as names: paths relative to the source's folder, with '/'.

#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

namespace facemat {

namespace fs = std::filesystem;

// Lists of names as the settings state them: files (read_names) or empty for all and none.
struct Filter {
  std::string include, exclude;
};

// What the lists leave of `names`, which lie below `folder`. Throws Error if a name to include is not there.
std::vector<std::string> filtered(const std::vector<std::string>& names, const Filter& filter, const fs::path& folder);

// The names of a list: one a line, with or without folder and picture extension, with any line ends; empty lines and lines that
// begin with '#' are left out. They are returned without extension. Throws Error naming the file if it is missing or empty.
std::set<std::string> read_names(const fs::path& file);

// The same in their order, each as often as it is there.
std::vector<std::string> read_ordered_names(const fs::path& file);

// What belongs together under one name: "film@000025" -> "film", as frames of a film, faces of a photograph and composites of a
// foreground are numbered; without extension. Other names stay.
std::string without_number(const std::string& name);

// Whether `names` (read_names) hold this file: by its name, or by its file name alone, each also without_number; extensions are
// not compared.
bool names_hold(const std::set<std::string>& names, const std::string& name);

// "a/b.png" -> "a/b", "b.heic" -> "b"; what is no picture's extension stays.
std::string without_extension(const std::string& name);

// Cut-outs that could only be without alpha: they are named, not left out.
inline const std::vector<std::string> kWithoutAlpha = {".bmp"};
inline constexpr const char* kNoAlpha = "a BMP file holds no alpha (convert it to PNG)";

// The files of a source that needs one for each item.
struct FileList {
  fs::path root;
  std::vector<std::string> names;  // below root
  int64_t size() const { return static_cast<int64_t>(names.size()); }
  fs::path path(int64_t index) const { return root / names[index]; }
};
// Throws Error as files_below and filtered do, and "ROOT: no WHAT (known: EXTENSIONS)" if there are none.
FileList list_source(const fs::path& root, const std::vector<std::string>& extensions, const Filter& filter, const char* what);

// Two files that belong together, a picture and its mask or a colour and its alpha: names in their folders.
struct FilePair {
  std::string picture, partner;
};

// How partners are found: by the same name without extension plus `suffix`. Pictures without partner, or of formats that
// are not read, are left out (`skip`), or an error that names the first.
struct Joining {
  std::string suffix;
  bool skip = false;
  const char* what = "mask";
};

// Pictures below one folder, partners below another, which may be the same (with a suffix) or lie in it. Throws Error as
// files_below and filtered do, for folders without pairs, and for two possible partners.
std::vector<FilePair> joined(const fs::path& pictures, const fs::path& partners, const Joining& joining, const Filter& filter);

// The same where every class has two sibling folders, as train/fire/fg/1.jpg and train/fire/alpha/1.jpg: all folders called
// `pictures` below `root`, at any depth, with the folders called `partners` beside them. Both names are relative to `root`.
std::vector<FilePair> joined_siblings(const fs::path& root, const std::string& pictures, const std::string& partners,
                                      const Joining& joining, const Filter& filter);

// `setting`, or for "folder" the class that goes with a folder above the file, the nearest first and `root` last: a class
// itself, or one of SIMD's (fire, smoke_cloud -> translucent, hair_easy -> hair, ...); others are "object".
std::string class_of(const std::string& setting, const fs::path& root, const std::string& name);

}  // namespace facemat
