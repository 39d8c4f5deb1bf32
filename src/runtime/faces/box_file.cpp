#include "src/runtime/faces/box_file.h"

#include <algorithm>
#include <cmath>
#include <sstream>

#include "src/core/error.h"
#include "src/core/file.h"
#include "src/core/json.h"
#include "src/core/text.h"

namespace facemat {
namespace {

using nlohmann::json;
using Faces = std::map<int64_t, std::vector<Face>>;

constexpr double kMostFrame = 1e12, kMostPlace = 1e6;   // frames; pixels
constexpr uint64_t kMostBoxValues = uint64_t{1} << 24;  // of a .json file: about a million boxes

// What one line or entry says.
struct Row {
  double frame = 0, x = 0, y = 0, w = 0, h = 0, score = 1;
};

void add(const Row& row, std::vector<cv::Point2d> points, const std::string& where, Faces& faces) {
  require(row.frame >= 0 && row.frame <= kMostFrame && row.frame == std::floor(row.frame),
          "{}: frame {} (allowed: whole numbers from 0)", where, row.frame);
  const bool is_place = std::abs(row.x) <= kMostPlace && std::abs(row.y) <= kMostPlace;
  const bool has_area = row.w > 0 && row.h > 0 && row.w <= kMostPlace && row.h <= kMostPlace;
  require(is_place && has_area, "{}: the box {},{} {}x{} (allowed: a width and a height above 0, all below {})", where, row.x,
          row.y, row.w, row.h, kMostPlace);
  require(row.score >= 0 && row.score <= 1, "{}: score {} (allowed: 0 to 1)", where, row.score);
  Face face;
  face.centre = {row.x + row.w / 2, row.y + row.h / 2};
  face.size = {row.w, row.h};
  face.score = row.score;
  face.points = std::move(points);
  faces[static_cast<int64_t>(row.frame)].push_back(std::move(face));
}

double number(const std::string& text, const std::string& where) {
  const std::optional<double> value = read_number<double>(text);
  require(value.has_value(), "{}: '{}' is no number", where, text);
  return *value;
}

double Row::*member(const std::string& name, const std::string& where) {
  const std::pair<const char*, double Row::*> known[] = {{"frame", &Row::frame}, {"x", &Row::x}, {"y", &Row::y},
                                                         {"w", &Row::w},         {"h", &Row::h}, {"score", &Row::score}};
  for (const auto& [key, at] : known)
    if (name == key) return at;
  fail("{}: unknown column '{}' (known: frame, x, y, w, h, score)", where, name);
}

Faces of_csv(const std::string& text, const std::string& file) {
  std::stringstream lines(text);
  std::string line;
  std::getline(lines, line);
  std::vector<double Row::*> columns;
  std::string names;
  for (const std::string& name : comma_cells(line)) {
    columns.push_back(member(name, file + ":1"));
    require(("," + names).find("," + name + ",") == std::string::npos, "{}:1: the column '{}' is there twice", file, name);
    names += name + ",";
  }
  for (const char* needed : {"frame,", "x,", "y,", "w,", "h,"})
    require(("," + names).find(std::string(",") + needed) != std::string::npos,
            "{}:1: the columns are '{}' (allowed: frame,x,y,w,h and score)", file, stripped(line));
  Faces faces;
  for (int count = 2; std::getline(lines, line); ++count) {
    if (stripped(line).empty()) continue;
    const std::string where = file + ":" + std::to_string(count);
    const std::vector<std::string> values = comma_cells(line);
    require(values.size() == columns.size(), "{}: {} numbers for {} columns", where, values.size(), columns.size());
    Row row;
    for (size_t i = 0; i < columns.size(); ++i) row.*columns[i] = number(values[i], where);
    add(row, {}, where, faces);
  }
  return faces;
}

std::vector<cv::Point2d> points_of(const json& list, const std::string& where) {
  const bool is_point = [&] {
    return list.is_array() && list.size() == kFacePoints && std::all_of(list.begin(), list.end(), [](const json& point) {
             return point.is_array() && point.size() == 2 && point[0].is_number() && point[1].is_number();
           });
  }();
  require(is_point, "{}: points are [[x,y], five of them]", where);
  std::vector<cv::Point2d> out;
  for (const json& point : list) out.emplace_back(point[0].get<double>(), point[1].get<double>());
  for (const cv::Point2d& point : out)
    require(std::abs(point.x) <= kMostPlace && std::abs(point.y) <= kMostPlace, "{}: the point {},{} (allowed: up to {})",
            where, point.x, point.y, kMostPlace);
  return out;
}

json list_of(const std::string& text, const std::string& file) {
  try {
    json list = parse_json(text, kMostBoxValues);
    require(list.is_array(), "{}: no JSON list of boxes", file);
    return list;
  } catch (const json::exception& error) {
    fail("{}: no JSON list of boxes: {}", file, error.what());
  }
}

Faces of_json(const std::string& text, const std::string& file) {
  const json list = list_of(text, file);
  Faces faces;
  for (size_t i = 0; i < list.size(); ++i) {
    const std::string where = file + ": entry " + std::to_string(i);
    require(list[i].is_object(), "{} is no object", where);
    Row row;
    std::vector<cv::Point2d> points;
    for (const auto& [key, value] : list[i].items()) {
      if (key == "points") {
        points = points_of(value, where);
        continue;
      }
      require(value.is_number(), "{}: {} is no number", where, key);
      row.*member(key, where) = value.get<double>();
    }
    for (const char* needed : {"frame", "x", "y", "w", "h"})
      require(list[i].contains(needed), "{}: no {} (needed: frame, x, y, w, h)", where, needed);
    add(row, std::move(points), where, faces);
  }
  return faces;
}

class BoxFileDetector : public FaceDetector {
 public:
  explicit BoxFileDetector(const DetectorConfig& config) : config_(config), faces_(read_boxes(config.file)) {}
  std::vector<Face> detect(const cv::Mat&, int64_t index) override {
    const auto at = faces_.find(index);
    return at == faces_.end() ? std::vector<Face>() : best_of(at->second, 1, config_.most);
  }

 private:
  DetectorConfig config_;
  Faces faces_;
};

}  // namespace

Faces read_boxes(const fs::path& file) {
  const std::string text = read_file(file, kMostBoxBytes);
  const std::string name = file.filename().string(), extension = file.extension().string();
  require(extension == ".csv" || extension == ".json", "{}: boxes of faces are .csv or .json", name);
  return extension == ".csv" ? of_csv(text, file.string()) : of_json(text, file.string());
}

std::unique_ptr<FaceDetector> make_box_file_detector(const DetectorConfig& config, int) {
  require(!config.file.empty(), "the detector boxes needs its file, .json or .csv (detector.file, or --faces boxes:FILE)");
  return std::make_unique<BoxFileDetector>(config);
}

}  // namespace facemat
