#include "src/core/config.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <type_traits>

#include "src/core/error.h"
#include "src/core/file.h"
#include "src/core/text.h"

namespace facemat {
namespace {

constexpr uint64_t kMostBytes = 1 << 20;
constexpr int kMostLevels = 64;
constexpr int kMostBases = 8;
constexpr size_t kMostItems = 1000;  // of a list of structs: three letters of text make one, which may have a thousand bytes

// Depth is bounded before yaml-cpp sees the text: flow brackets, "- - -" runs, indentation. What brackets in comments and
// quotes hide from this count, yaml-cpp itself refuses from 500 levels on, and check_tree() from as many as here.
void check_depth(const std::string& text, const std::string& where) {
  int flow = 0, column = 0, indicators = 0, line = 1;
  bool leading = true;
  for (const char c : text) {
    if (c == '\n') {
      column = indicators = 0, leading = true, ++line;
      continue;
    }
    if (c == '[' || c == '{') ++flow;
    if (c == ']' || c == '}') flow = std::max(0, flow - 1);
    if (leading && (c == '-' || c == '?' || c == ':')) ++indicators;
    if (leading && c != ' ' && c != '-' && c != '?' && c != ':') leading = false;
    if (leading) ++column;
    if (flow > kMostLevels || indicators > kMostLevels || column > 4 * kMostLevels)
      fail("{}:{}: nested too deeply (allowed: {} levels)", where, line, kMostLevels);
  }
}

// yaml-cpp keeps both entries of a key that is given twice and finds the first. Aliases may make a small text a vast tree, and
// an alias within what it names an endless one.
void check_tree(const YAML::Node& node, const std::string& where, int level, int& values) {
  constexpr int kMostValues = 100'000;
  require(++values <= kMostValues, "{}: more than {} values", where, kMostValues);
  require(level <= kMostLevels, "{}:{}: nested too deeply (allowed: {} levels)", where, node.Mark().line + 1, kMostLevels);
  std::set<std::string> keys;
  for (const auto& entry : node) {
    if (!node.IsMap()) {
      check_tree(entry, where, level + 1, values);
      continue;
    }
    const int line = entry.first.Mark().line + 1;
    require(entry.first.IsScalar(), "{}:{}: a key must be a text", where, line);
    require(keys.insert(entry.first.Scalar()).second, "{}:{}: '{}' is given twice", where, line, entry.first.Scalar());
    check_tree(entry.second, where, level + 1, values);
  }
}

YAML::Node parse(const std::string& text, const std::string& where) {
  check_depth(text, where);
  try {
    const YAML::Node root = YAML::Load(text);
    int values = 0;
    check_tree(root, where, 1, values);
    return root;
  } catch (const YAML::Exception& error) {
    fail("{}:{}: not valid YAML: {}", where, error.mark.line + 1, error.msg);
  }
}

const char* type_name(const YAML::Node& node) {
  return node.IsMap() ? "a map" : node.IsSequence() ? "a list" : node.IsNull() ? "nothing" : "a value";
}

// Numbers are decimal, as YAML 1.2 has them (yaml-cpp reads 0100 as 64), and depend on no locale (it asks the process's).
bool read_value(const YAML::Node& node, double& value) {
  const std::string& text = node.Scalar();
  if (const auto number = read_number<double>(text)) return value = *number, true;
  const size_t sign = starts_with(text, "-") || starts_with(text, "+") ? 1 : 0;
  if (lower(text.substr(sign)) == ".inf") return value = text[0] == '-' ? -HUGE_VAL : HUGE_VAL, true;
  return lower(text) == ".nan" ? value = NAN, true : false;
}
template <typename Whole>
bool read_whole(const YAML::Node& node, Whole& value) {
  const auto number = read_number<Whole>(node.Scalar());
  return number ? value = *number, true : false;
}
bool read_value(const YAML::Node& node, int& value) { return read_whole(node, value); }
bool read_value(const YAML::Node& node, uint64_t& value) { return read_whole(node, value); }
bool read_value(const YAML::Node& node, bool& value) { return YAML::convert<bool>::decode(node, value); }
bool read_value(const YAML::Node& node, std::string& value) { return node.IsScalar() && (value = node.Scalar(), true); }
template <typename T>
bool read_value(const YAML::Node& node, std::vector<T>& values) {
  if (!node.IsSequence()) return false;
  std::vector<T> read(node.size());
  for (size_t i = 0; i < read.size(); ++i)
    if (!node[i].IsScalar() || !read_value(node[i], read[i])) return false;
  return values = std::move(read), true;
}

// Walks fields() and a YAML tree side by side, one layer (a file, or the assignments) at a time.
class Reader : public FieldVisitor {
 public:
  Reader(const YAML::Node& root, std::string where) : where_(std::move(where)) { levels_.push_back({root, "", {}}); }

  void operator()(const char* key, bool& value, const char*) override { scalar(key, value, "true or false"); }
  void operator()(const char* key, int& value, const char*, Range range) override {
    if (scalar(key, value, "a whole number")) in_range(key, value, range);
  }
  void operator()(const char* key, uint64_t& value, const char*) override { scalar(key, value, "a whole number, 0 or more"); }
  void operator()(const char* key, double& value, const char*, Range range) override {
    if (scalar(key, value, "a number")) in_range(key, value, range);
  }
  void operator()(const char* key, std::string& value, const char*, const Choices& choices) override {
    if (!scalar(key, value, "a text") || choices.empty()) return;
    if (std::find(choices.begin(), choices.end(), value) == choices.end())
      fail("{}: {} is '{}' (known: {})", at(child(key)), path(key), value, fmt::join(choices, ", "));
  }
  void operator()(const char* key, std::vector<double>& value, const char*, Range range) override {
    if (!scalar(key, value, "a list of numbers")) return;
    for (const double number : value) in_range(key, number, range);
  }
  void operator()(const char* key, std::vector<std::string>& value, const char*) override {
    scalar(key, value, "a list of texts");
  }

  void finish() { check_unknown(); }

 protected:
  bool enter(const char* key, const char*) override {
    const YAML::Node node = child(key);
    if (!node) return false;
    if (!node.IsMap()) fail("{}: {} must be a map, got {}", at(node), path(key), type_name(node));
    levels_.push_back({node, path(key), {}});
    return true;
  }
  void leave() override {
    check_unknown();
    levels_.pop_back();
  }
  size_t enter_list(const char* key, size_t size, const char*) override {
    const YAML::Node node = child(key);
    list_given_ = static_cast<bool>(node);
    if (!node) {
      levels_.push_back({YAML::Node(YAML::NodeType::Sequence), path(key), {}});
      return skipped_ = size;
    }
    if (!node.IsSequence()) fail("{}: {} must be a list, got {}", at(node), path(key), type_name(node));
    require(node.size() <= kMostItems, "{}: {} has {} entries (allowed: {})", at(node), path(key), node.size(), kMostItems);
    levels_.push_back({node, path(key), {}});
    return node.size();
  }
  void enter_item(size_t index) override {
    const Level& list = levels_.back();
    const std::string name = fmt::format("{}[{}]", list.path, index);
    const YAML::Node item = index < list.node.size() ? list.node[index] : YAML::Node(YAML::NodeType::Map);
    if (!item.IsMap()) fail("{}: {} must be a map, got {}", at(item), name, type_name(item));
    levels_.push_back({item, name, {}});
  }
  void leave_list() override { levels_.pop_back(); }
  bool replaces_lists() const override { return list_given_; }

 private:
  struct Level {
    YAML::Node node;
    std::string path;
    std::set<std::string> known;
  };

  YAML::Node child(const char* key) {
    levels_.back().known.insert(key);
    const YAML::Node& node = levels_.back().node;
    return node.IsMap() ? static_cast<const YAML::Node&>(node)[key] : YAML::Node(YAML::NodeType::Undefined);
  }
  std::string path(const std::string& key) const { return levels_.back().path.empty() ? key : levels_.back().path + "." + key; }
  std::string at(const YAML::Node& node) const {
    const int line = node.Mark().line;
    return line >= 0 && where_ != "--set" ? fmt::format("{}:{}", where_, line + 1) : where_;
  }

  template <typename T>
  bool scalar(const char* key, T& value, const char* expected) {
    const YAML::Node node = child(key);
    if (!node) return false;
    constexpr bool kList = !std::is_arithmetic_v<T> && !std::is_same_v<T, std::string>;
    if ((kList || node.IsScalar()) && read_value(node, value)) return true;
    const std::string got = node.IsScalar() ? "'" + node.Scalar() + "'" : type_name(node);
    fail("{}: {} must be {}, got {}", at(node), path(key), expected, got);
  }
  void in_range(const char* key, double value, Range range) {
    if (!(value >= range.low && value <= range.high))
      fail("{}: {} is {} (allowed: {} to {})", at(child(key)), path(key), value, range.low, range.high);
  }
  void check_unknown() {
    const Level& level = levels_.back();
    if (!level.node.IsMap()) return;
    for (const auto& entry : level.node) {
      const std::string key = entry.first.as<std::string>();
      if (level.known.count(key) || (levels_.size() == 1 && key == "base")) continue;
      fail("{}: unknown key '{}' (known: {})", at(entry.first), path(key), fmt::join(level.known, ", "));
    }
  }

  std::string where_;
  std::vector<Level> levels_;
  bool list_given_ = false;
  size_t skipped_ = 0;
};

class Writer : public FieldVisitor {
 public:
  Writer() { out_ << YAML::BeginMap; }
  std::string text() {
    out_ << YAML::EndMap;
    return std::string(out_.c_str()) + "\n";
  }

  void operator()(const char* key, bool& value, const char* help) override { line(key, value, help); }
  void operator()(const char* key, int& value, const char* help, Range) override { number(key, value, help); }
  void operator()(const char* key, uint64_t& value, const char* help) override { number(key, value, help); }
  void operator()(const char* key, double& value, const char* help, Range) override { number(key, value, help); }
  void operator()(const char* key, std::string& value, const char* help, const Choices&) override {
    out_ << YAML::Key << key << YAML::Value << YAML::DoubleQuoted << value << YAML::Comment(help);
  }
  void operator()(const char* key, std::vector<double>& value, const char* help, Range) override {
    std::vector<std::string> texts;
    for (const double number : value) texts.push_back(fmt::format("{}", number));
    out_ << YAML::Key << key << YAML::Value << YAML::Flow << texts << YAML::Comment(help);
  }
  void operator()(const char* key, std::vector<std::string>& value, const char* help) override {
    out_ << YAML::Key << key << YAML::Value << YAML::Flow << value << YAML::Comment(help);
  }

 protected:
  bool enter(const char* key, const char* help) override {
    out_ << YAML::Key << key << YAML::Value << YAML::Comment(help) << YAML::BeginMap;
    return true;
  }
  void leave() override { out_ << YAML::EndMap; }
  size_t enter_list(const char* key, size_t size, const char* help) override {
    out_ << YAML::Key << key << YAML::Value << YAML::Comment(help) << YAML::BeginSeq;
    return size;
  }
  void enter_item(size_t) override { out_ << YAML::BeginMap; }
  void leave_list() override { out_ << YAML::EndSeq; }
  bool replaces_lists() const override { return false; }

 private:
  void line(const char* key, bool value, const char* help) {
    out_ << YAML::Key << key << YAML::Value << value << YAML::Comment(help);
  }
  // Its own numbers would have the marks of the process's locale.
  template <typename Number>
  void number(const char* key, Number value, const char* help) {
    out_ << YAML::Key << key << YAML::Value << fmt::format("{}", value) << YAML::Comment(help);
  }

  YAML::Emitter out_;
};

void apply(const YAML::Node& root, const std::string& where, const WalkFields& walk) {
  if (root.IsNull()) return;
  if (!root.IsMap()) fail("{}: must be a map of settings, got {}", where, type_name(root));
  Reader reader(root, where);
  walk(reader);
  reader.finish();
}

void read_layers(const fs::path& file, const WalkFields& walk, int depth) {
  if (depth > kMostBases) fail("{}: 'base' files include each other too deeply (allowed: {})", file.string(), kMostBases);
  const std::string where = file.string();
  const YAML::Node root = parse(read_file(file, kMostBytes), where);
  if (root.IsMap() && root["base"]) {
    if (!root["base"].IsScalar()) fail("{}: base must be a file name", where);
    read_layers(file.parent_path() / root["base"].Scalar(), walk, depth + 1);
  }
  apply(root, where, walk);
}

YAML::Node assignment_tree(const std::string& assignment) {
  const size_t equals = assignment.find('=');
  require(equals != std::string::npos && equals > 0, "--set {}: must look like a.b=value", assignment);
  YAML::Node value = parse(assignment.substr(equals + 1), "--set");
  std::string key = assignment.substr(0, equals);
  for (size_t dot; (dot = key.rfind('.')) != std::string::npos; key.resize(dot)) {
    YAML::Node outer(YAML::NodeType::Map);
    outer[key.substr(dot + 1)] = value;
    value = outer;
  }
  YAML::Node root(YAML::NodeType::Map);
  root[key] = value;
  return root;
}

// `node` is small and shallow: it came through parse().
void flatten(const YAML::Node& node, const std::string& path, FlatSettings& out) {
  const auto inner = [&](const std::string& key) { return path.empty() ? key : path + "." + key; };
  if (node.IsMap())
    for (const auto& entry : node) flatten(entry.second, inner(entry.first.Scalar()), out);
  else if (node.IsSequence())
    for (size_t i = 0; i < node.size(); ++i) flatten(node[i], inner(std::to_string(i)), out);
  else if (node.IsScalar())
    out.emplace_back(path, node.Scalar());
}

}  // namespace

FlatSettings flat_settings_of(const std::string& yaml, const std::string& where) {
  FlatSettings out;
  flatten(parse(yaml, where), "", out);
  return out;
}

FlatSettings flat_settings(const fs::path& file) { return flat_settings_of(read_file(file, kMostBytes), file.string()); }

void read_config(const fs::path& file, const WalkFields& walk) { read_layers(file, walk, 0); }

void read_config_text(const std::string& yaml, const std::string& where, const WalkFields& walk) {
  require(yaml.size() <= kMostBytes, "{}: the settings are larger than {} bytes", where, kMostBytes);
  apply(parse(yaml, where), where, walk);
}

void set_config(const std::vector<std::string>& assignments, const WalkFields& walk) {
  for (const std::string& assignment : assignments) apply(assignment_tree(assignment), "--set", walk);
}

std::string dump_config(const WalkFields& walk) {
  Writer writer;
  walk(writer);
  return writer.text();
}

}  // namespace facemat
