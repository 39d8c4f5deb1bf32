#include "src/core/folder.h"

#include <algorithm>
#include <array>
#include <functional>
#include <system_error>
#include <utility>

#include "src/core/error.h"
#include "src/core/file.h"
#include "src/core/text.h"

namespace facemat {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Goes past a run of digits; returns it without leading zeros, so that the longer is the larger.
std::string_view take_number(std::string_view text, size_t& at) {
  size_t first = at;
  while (at < text.size() && is_digit(text[at])) ++at;
  while (first + 1 < at && text[first] == '0') ++first;
  return text.substr(first, at - first);
}

int rank_of(char c) { return c == '/' ? -1 : static_cast<unsigned char>(c); }

void require_readable_name(const fs::path& entry) {
  const std::string name = entry.filename().string();
  require(is_utf8(name), "{}: a name that is not UTF-8 (rename it)", printable(entry.string()));
  require(!has_control_characters(name), "{}: a name with control characters (rename it)", printable(entry.string()));
}

// The entries of a folder that may be data; links are resolved.
void each_entry(const fs::path& folder, const std::function<void(const fs::directory_entry&, fs::file_type)>& use) {
  std::error_code error;
  fs::directory_iterator entry(folder, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    if (is_left_over(entry->path().filename().string())) continue;
    std::error_code lost;
    use(*entry, entry->status(lost).type());
  }
  require(!error, "{}: the folder cannot be read ({})", folder.string(), error.message());
}

void require_found(const fs::directory_entry& entry, fs::file_type type) {
  require(type != fs::file_type::not_found, "{}: a link that leads nowhere", entry.path().string());
  require(type != fs::file_type::none, "{}: cannot be looked at (a link to itself, or no permission)", entry.path().string());
}

class Search {
 public:
  Search(const std::vector<std::string>& extensions, OddNames odd) : extensions_(extensions), odd_(odd) {}

  void look_into(const fs::path& folder, const std::string& prefix) {
    above_.push_back(folder);
    each_entry(folder, [&](const fs::directory_entry& entry, fs::file_type type) {
      require_found(entry, type);
      const std::string name = entry.path().filename().string();
      const bool inner = type == fs::file_type::directory;
      if (!inner && (type != fs::file_type::regular || !has_extension(name, extensions_))) return;
      if (odd_ == OddNames::kRefused) require_readable_name(entry.path());
      if (!inner) return names.push_back(prefix + name);
      const auto back = [&](const fs::path& up) { return fs::equivalent(up, entry.path()); };
      require(!entry.is_symlink() || std::none_of(above_.begin(), above_.end(), back), "{}: links back to a folder above it",
              entry.path().string());
      look_into(entry.path(), prefix + name + "/");
    });
    above_.pop_back();
  }

  std::vector<std::string> names;

 private:
  const std::vector<std::string>& extensions_;
  OddNames odd_;
  std::vector<fs::path> above_;  // folders on the way down, so that a link to one of them is seen
};

}  // namespace

bool natural_less(std::string_view a, std::string_view b) {
  size_t i = 0, j = 0;
  while (i < a.size() && j < b.size()) {
    if (!is_digit(a[i]) || !is_digit(b[j])) {
      if (a[i] != b[j]) return rank_of(a[i]) < rank_of(b[j]);
      ++i, ++j;
      continue;
    }
    const std::string_view x = take_number(a, i), y = take_number(b, j);
    if (x.size() != y.size()) return x.size() < y.size();
    if (x != y) return x < y;
  }
  if (a.size() - i != b.size() - j) return a.size() - i < b.size() - j;
  return a < b;
}

bool is_left_over(std::string_view name) {
  constexpr std::array kNames = {"__macosx",
                                 "thumbs.db",
                                 "ehthumbs.db",
                                 "desktop.ini",
                                 "icon\r",
                                 "@eadir",
                                 "#recycle",
                                 "@recycle",
                                 "$recycle.bin",
                                 "recycler",
                                 "system volume information",
                                 "lost+found"};
  constexpr std::array kEndings = {"~", ".bak", ".orig", ".part", ".partial", ".crdownload", ".tmp", ".swp"};
  const std::string small = lower(std::string(name));
  const bool locked = starts_with(name, "~$") || (name.size() > 1 && starts_with(name, "#") && ends_with(name, "#"));
  return starts_with(name, ".") || locked || is_half_written(name) ||
         std::find(kNames.begin(), kNames.end(), small) != kNames.end() ||
         std::any_of(kEndings.begin(), kEndings.end(), [&](const char* end) { return ends_with(small, end); });
}

bool has_left_over(std::string_view path) {
  for (size_t begin = 0, end; begin < path.size(); begin = end + 1) {
    end = std::min(path.find('/', begin), path.size());
    const std::string_view part = path.substr(begin, end - begin);
    if (part != "." && part != ".." && is_left_over(part)) return true;
  }
  return false;
}

bool has_extension(const fs::path& name, const std::vector<std::string>& extensions) {
  return std::find(extensions.begin(), extensions.end(), lower(name.extension().string())) != extensions.end();
}

void require_folder(const fs::path& folder) {
  std::error_code ignored;
  if (fs::is_directory(folder, ignored)) return;
  fail("{}: no such folder{}", folder.string(),
       folder.is_relative() ? fmt::format(" (relative to the working directory, {})", fs::current_path(ignored).string()) : "");
}

std::vector<fs::path> list_files(const fs::path& folder, const std::vector<std::string>& extensions) {
  require_folder(folder);
  std::vector<std::string> names;
  each_entry(folder, [&](const fs::directory_entry& entry, fs::file_type type) {
    if (!has_extension(entry.path().filename(), extensions)) return;
    require_found(entry, type);
    if (type != fs::file_type::regular) return;
    require_readable_name(entry.path());
    names.push_back(entry.path().filename().string());
  });
  std::sort(names.begin(), names.end(), natural_less);
  std::vector<fs::path> files;
  for (const std::string& name : names) files.push_back(folder / name);
  return files;
}

std::vector<std::string> files_below(const fs::path& folder, const std::vector<std::string>& extensions, OddNames odd) {
  require_folder(folder);
  Search search(extensions, odd);
  search.look_into(folder, "");
  std::sort(search.names.begin(), search.names.end(), natural_less);
  return std::move(search.names);
}

std::vector<std::string> folders_in(const fs::path& folder) {
  require_folder(folder);
  std::vector<std::string> names;
  each_entry(folder, [&](const fs::directory_entry& entry, fs::file_type type) {
    require_found(entry, type);
    if (type != fs::file_type::directory) return;
    require_readable_name(entry.path());
    names.push_back(entry.path().filename().string());
  });
  std::sort(names.begin(), names.end(), natural_less);
  return names;
}

}  // namespace facemat
