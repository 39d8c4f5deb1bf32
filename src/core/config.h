#pragma once
// Configuration: plain structs with defaults, each field named once.
//
// Beside a struct stands one function that names its fields:
//
//   struct LossConfig { double l1 = 1; std::string norm = "unknown"; };
//   void fields(FieldVisitor& visit, LossConfig& c) {
//     visit("l1", c.l1, "weight of the L1 term", {0, 100});
//     visit("norm", c.norm, "what L1 is divided by", {"unknown", "all"});
//   }
//
// Reading YAML, --set a.b=c, dumping and the reference page all walk that function. Unknown keys, wrong types, values out of
// range throw Error naming file, line and key. Nothing below the reader sees YAML.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace facemat {

struct Range {  // both ends included
  double low = -std::numeric_limits<double>::infinity(), high = std::numeric_limits<double>::infinity();
};
using Choices = std::vector<std::string>;

class FieldVisitor {
 public:
  virtual ~FieldVisitor() = default;

  virtual void operator()(const char* key, bool& value, const char* help) = 0;
  virtual void operator()(const char* key, int& value, const char* help, Range range = {}) = 0;
  virtual void operator()(const char* key, uint64_t& value, const char* help) = 0;
  virtual void operator()(const char* key, double& value, const char* help, Range range = {}) = 0;
  virtual void operator()(const char* key, std::string& value, const char* help, const Choices& choices = {}) = 0;
  virtual void operator()(const char* key, std::vector<double>& value, const char* help, Range range = {}) = 0;
  virtual void operator()(const char* key, std::vector<std::string>& value, const char* help) = 0;

  // A nested struct.
  template <typename Struct>
  void group(const char* key, Struct& value, const char* help) {
    if (!enter(key, help)) return;
    fields(*this, value);
    leave();
  }

  // A list of structs. Reading replaces the whole list.
  template <typename Struct>
  void list(const char* key, std::vector<Struct>& values, const char* help) {
    const auto count = enter_list(key, values.size(), help);
    if (count != values.size() || replaces_lists()) values.assign(count, Struct{});
    for (size_t i = 0; i < values.size(); ++i) {
      enter_item(i);
      fields(*this, values[i]);
      leave();
    }
    leave_list();
  }

 protected:
  virtual bool enter(const char* key, const char* help) = 0;
  virtual void leave() = 0;
  virtual size_t enter_list(const char* key, size_t size, const char* help) = 0;
  virtual void enter_item(size_t index) = 0;
  virtual void leave_list() = 0;
  virtual bool replaces_lists() const = 0;
};

using WalkFields = std::function<void(FieldVisitor&)>;

// The four below work through `walk`, a call of fields() on the struct; use the templates that follow.
void read_config(const std::filesystem::path& file, const WalkFields& walk);
void read_config_text(const std::string& yaml, const std::string& where, const WalkFields& walk);
void set_config(const std::vector<std::string>& assignments, const WalkFields& walk);
std::string dump_config(const WalkFields& walk);

// `Config` from its defaults, then `file` (with the files it names under `base:`, relative to itself, read first), then the
// assignments "a.b=c". An empty `file` is skipped. Files are bounded (1 MiB, 64 levels) before they are parsed.
template <typename Config>
Config load_config(const std::filesystem::path& file, const std::vector<std::string>& assignments = {}) {
  Config config;
  const WalkFields walk = [&](FieldVisitor& visit) { fields(visit, config); };
  if (!file.empty()) read_config(file, walk);
  set_config(assignments, walk);
  return config;
}

// `Config` from its defaults, then YAML text (what config_to_yaml wrote, say). `where` prefixes messages. No `base:` here.
template <typename Config>
Config config_from_yaml(const std::string& yaml, const std::string& where) {
  Config config;
  read_config_text(yaml, where, [&](FieldVisitor& visit) { fields(visit, config); });
  return config;
}

// Every value in a YAML file under its dotted path, in the file's order: {"losses.0.name", "l1"}. For showing settings that
// another room understands. Bounded as above; no `base:` here.
using FlatSettings = std::vector<std::pair<std::string, std::string>>;
FlatSettings flat_settings(const std::filesystem::path& file);
FlatSettings flat_settings_of(const std::string& yaml, const std::string& where);  // of such text

// YAML with every field, its value and its help as a comment; load_config reads it back to the same values.
template <typename Config>
std::string config_to_yaml(const Config& config) {
  Config copy = config;
  return dump_config([&](FieldVisitor& visit) { fields(visit, copy); });
}

}  // namespace facemat
