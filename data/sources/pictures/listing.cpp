#include "data/sources/pictures/listing.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <map>

#include "src/core/error.h"
#include "src/core/file.h"
#include "src/core/folder.h"
#include "src/core/text.h"
#include "src/image/codec.h"

namespace facemat {
namespace {

std::string file_name(const std::string& name) { return name.substr(name.rfind('/') + 1); }

// Under what a list may name this file.
std::vector<std::string> forms_of(const std::string& name) {
  const std::string stem = without_extension(name), whole = without_number(name);
  return {stem, file_name(stem), whole, file_name(whole)};
}

// Pictures below a folder. One of a format that is not read has no partner, so it is left out or an error like those.
std::vector<std::string> readable_pictures(const fs::path& folder, const Joining& joining) {
  if (joining.skip) return files_below(folder, image_extensions());
  std::vector<std::string> names = pictures_below(folder);
  refuse_foreign(folder, names);
  return names;
}

// Partners by their name without extension; an empty name where there are two.
std::map<std::string, std::string> by_stem(const std::vector<std::string>& names) {
  std::map<std::string, std::string> stems;
  for (const std::string& name : names)
    if (const auto [entry, fresh] = stems.emplace(without_extension(name), name); !fresh) entry->second.clear();
  return stems;
}

// `key` tells which partner (without suffix and extension) belongs to a picture.
std::vector<FilePair> join(const std::vector<std::string>& pictures, const std::vector<std::string>& partners,
                           const std::function<std::string(const std::string&)>& key, const Joining& joining,
                           const fs::path& root, const fs::path& folder) {
  const auto stems = by_stem(partners);
  std::vector<FilePair> pairs;
  for (const std::string& picture : pictures) {
    const std::string wanted = key(picture) + joining.suffix;
    const auto partner = stems.find(wanted);
    if (partner == stems.end()) {
      require(joining.skip, "{}: no {} '{}.*' in {}", (root / picture).string(), joining.what, wanted, folder.string());
      continue;
    }
    require(!partner->second.empty(), "{}: two files '{}.*' in {} could be its {}", (root / picture).string(), wanted,
            folder.string(), joining.what);
    pairs.push_back({picture, partner->second});
  }
  require(!pairs.empty(), "{}: none of {} pictures has its {} in {}", root.string(), pictures.size(), joining.what,
          folder.string());
  return pairs;
}

// Where `folder` lies below `root`, as a prefix of names; "" if it is elsewhere, or root itself.
std::string prefix_below(const fs::path& root, const fs::path& folder) {
  const std::string way = fs::weakly_canonical(folder).lexically_relative(fs::weakly_canonical(root)).generic_string();
  return way.empty() || way == "." || starts_with(way, "..") ? "" : way + "/";
}

// Where the last folder called `part` is in `name`; npos if there is none.
size_t find_part(const std::string& name, const std::string& part) {
  const size_t inside = name.rfind("/" + part + "/");
  if (inside != std::string::npos) return inside + 1;
  return starts_with(name, part + "/") ? 0 : std::string::npos;
}

}  // namespace

std::vector<std::string> filtered(const std::vector<std::string>& all, const Filter& filter, const fs::path& folder) {
  if (filter.include.empty() && filter.exclude.empty()) return all;
  const std::set<std::string> wanted = filter.include.empty() ? std::set<std::string>{} : read_names(filter.include);
  const std::set<std::string> unwanted = filter.exclude.empty() ? std::set<std::string>{} : read_names(filter.exclude);
  std::set<std::string> missing = wanted;
  std::vector<std::string> names;
  for (const std::string& name : all) {
    for (const std::string& form : forms_of(name)) missing.erase(form);
    if ((filter.include.empty() || names_hold(wanted, name)) && !names_hold(unwanted, name)) names.push_back(name);
  }
  require(missing.empty(), "{}: {} of its {} names are not in {}, the first is '{}'", filter.include, missing.size(),
          wanted.size(), folder.string(), missing.empty() ? "" : *missing.begin());
  require(!names.empty(), "{}: the lists leave none of its {} files", folder.string(), all.size());
  return names;
}

std::set<std::string> read_names(const fs::path& file) {
  const std::vector<std::string> names = read_ordered_names(file);
  return {names.begin(), names.end()};
}

std::vector<std::string> read_ordered_names(const fs::path& file) {
  constexpr uint64_t kMostBytes = uint64_t{64} << 20;
  std::string text = read_file(file, kMostBytes);
  if (starts_with(text, "\xef\xbb\xbf")) text.erase(0, 3);  // the mark some editors put before UTF-8
  std::vector<std::string> names;
  for (size_t begin = 0, end; begin < text.size(); begin = end + 1) {
    end = std::min(text.find_first_of("\r\n", begin), text.size());
    std::string name = text.substr(begin, end - begin);
    name = name.substr(0, name.find('\t', name.find_first_not_of(" \t")));  // a row of a table: its first cell
    const size_t first = name.find_first_not_of(" \t"), last = name.find_last_not_of(" \t");
    if (first == std::string::npos || name[first] == '#') continue;
    name = name.substr(first, last - first + 1);
    std::replace(name.begin(), name.end(), '\\', '/');
    names.push_back(without_extension(starts_with(name, "./") ? name.substr(2) : name));
  }
  require(!names.empty(), "{}: the list names nothing", file.string());
  return names;
}

std::string without_number(const std::string& name) {
  const std::string stem = without_extension(name);
  const size_t end = stem.find_last_not_of("0123456789");
  return end != std::string::npos && stem[end] == '@' ? stem.substr(0, end) : stem;
}

bool names_hold(const std::set<std::string>& names, const std::string& name) {
  const auto forms = forms_of(name);
  return std::any_of(forms.begin(), forms.end(), [&](const std::string& form) { return names.count(form) > 0; });
}

std::string without_extension(const std::string& name) {
  const bool picture = has_extension(name, image_extensions()) || has_extension(name, foreign_image_extensions());
  return picture ? name.substr(0, name.rfind('.')) : name;
}

FileList list_source(const fs::path& root, const std::vector<std::string>& extensions, const Filter& filter, const char* what) {
  const std::vector<std::string> all = pictures_below(root, extensions);
  refuse_foreign(root, all);
  require(!all.empty(), "{}: no {} (known: {})", root.string(), what, fmt::join(extensions, ", "));
  return {root, filtered(all, filter, root)};
}

std::vector<FilePair> joined(const fs::path& root, const fs::path& folder, const Joining& joining, const Filter& filter) {
  std::vector<std::string> pictures = readable_pictures(root, joining);
  const std::vector<std::string> partners = readable_pictures(folder, joining);
  if (fs::equivalent(root, folder)) {
    require(!joining.suffix.empty(), "{}: pictures and {}s in one folder need a suffix that tells them apart", root.string(),
            joining.what);
    const auto is_partner = [&](const std::string& name) { return ends_with(without_extension(name), joining.suffix); };
    pictures.erase(std::remove_if(pictures.begin(), pictures.end(), is_partner), pictures.end());
  } else if (const std::string prefix = prefix_below(root, folder); !prefix.empty()) {
    const auto is_partner = [&](const std::string& name) { return starts_with(name, prefix); };
    pictures.erase(std::remove_if(pictures.begin(), pictures.end(), is_partner), pictures.end());
  }
  require(!pictures.empty(), "{}: no pictures (known: {})", root.string(), fmt::join(image_extensions(), ", "));
  return join(filtered(pictures, filter, root), partners, without_extension, joining, root, folder);
}

std::vector<FilePair> joined_siblings(const fs::path& root, const std::string& pictures_folder,
                                      const std::string& partners_folder, const Joining& joining, const Filter& filter) {
  require(pictures_folder != partners_folder, "{}: pictures and {}s are both in folders called '{}'", root.string(),
          joining.what, pictures_folder);
  std::vector<std::string> pictures, partners;
  for (const std::string& name : readable_pictures(root, joining)) {
    if (find_part(name, pictures_folder) != std::string::npos) pictures.push_back(name);
    if (find_part(name, partners_folder) != std::string::npos) partners.push_back(name);
  }
  require(!pictures.empty(), "{}: no pictures in folders called '{}' below it", root.string(), pictures_folder);
  require(!partners.empty(), "{}: no {}s in folders called '{}' below it", root.string(), joining.what, partners_folder);
  const auto sibling = [&](const std::string& name) {
    const std::string stem = without_extension(name);
    const size_t at = find_part(stem, pictures_folder);
    return stem.substr(0, at) + partners_folder + stem.substr(at + pictures_folder.size());
  };
  return join(filtered(pictures, filter, root), partners, sibling, joining, root, root);
}

std::string class_of(const std::string& setting, const fs::path& root, const std::string& name) {
  if (setting != "folder") return setting;
  static const std::map<std::string, std::string> classes = {{"hand", "hand"},
                                                             {"hands", "hand"},
                                                             {"hair", "hair"},
                                                             {"glasses", "glasses"},
                                                             {"accessory", "accessory"},
                                                             {"object", "object"},
                                                             {"food", "food"},
                                                             {"cloth", "cloth"},
                                                             {"translucent", "translucent"},
                                                             {"texture", "texture"},
                                                             // the classes of SIMD
                                                             {"fire", "translucent"},
                                                             {"smoke_cloud", "translucent"},
                                                             {"glass_ice", "translucent"},
                                                             {"water_drop", "translucent"},
                                                             {"water_spray", "translucent"},
                                                             {"plastic_bag", "translucent"},
                                                             {"net", "texture"},
                                                             {"spider_web", "texture"},
                                                             {"texture_holed", "texture"},
                                                             {"texture_smooth", "texture"},
                                                             {"hair_easy", "hair"},
                                                             {"hair_hard", "hair"},
                                                             {"fur", "hair"}};
  const std::string last = (fs::absolute(root) / "").lexically_normal().parent_path().filename().string();
  const fs::path within = fs::path(last) / name;
  for (fs::path folder = within.parent_path(); folder.has_filename(); folder = folder.parent_path()) {
    const auto found = classes.find(lower(folder.filename().string()));
    if (found != classes.end()) return found->second;
  }
  return "object";
}

}  // namespace facemat
