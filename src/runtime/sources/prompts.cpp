#include "src/runtime/sources/prompts.h"

#include <algorithm>
#include <cmath>
#include <sstream>
#include <utility>

#include "src/core/error.h"
#include "src/core/file.h"
#include "src/core/text.h"

namespace facemat {
namespace {

constexpr double kMostFrame = 1e12, kMostPlace = 1e6;  // frames; pixels
constexpr const char *kBox = "box", *kWanted = "wanted", *kUnwanted = "unwanted";

// The objects of a frame by their numbers.
using Objects = std::map<int, ObjectPrompt>;

// One place, from wherever.
struct Place {
  double frame = 0, object = 0, x = 0, y = 0, w = 0, h = 0;
  std::string what;
};

void add(const Place& place, const std::string& where, Objects& objects) {
  require(place.object >= 0 && place.object < kMostObjects && place.object == std::floor(place.object),
          "{}: object {} (allowed: whole numbers from 0 to {})", where, place.object, kMostObjects - 1);
  require(std::abs(place.x) <= kMostPlace && std::abs(place.y) <= kMostPlace, "{}: the place {},{} (allowed: up to {})", where,
          place.x, place.y, kMostPlace);
  ObjectPrompt& object = objects[static_cast<int>(place.object)];
  if (place.what != kBox) {
    require(object.points.size() < kMostPromptPoints, "{}: more than {} points of object {}", where, kMostPromptPoints,
            place.object);
    object.points.push_back({{place.x, place.y}, place.what == kWanted});
    return;
  }
  require(place.w > 0 && place.h > 0 && place.w <= kMostPlace && place.h <= kMostPlace,
          "{}: a box of {}x{} (allowed: a width and a height above 0, all up to {})", where, place.w, place.h, kMostPlace);
  require(object.box.empty(), "{}: a second box of object {} (allowed: one; others are other objects)", where, place.object);
  object.box = {place.x, place.y, place.w, place.h};
}

std::vector<ObjectPrompt> in_order(const Objects& objects) {
  std::vector<ObjectPrompt> out;
  for (const auto& [number, object] : objects) out.push_back(object);
  return out;
}

std::vector<ObjectPrompt> listed_prompts(const PromptConfig& config) {
  Objects objects;
  for (const ListedPoint& point : config.points)
    add({0, static_cast<double>(point.object), point.x, point.y, 0, 0, point.marks}, "prompts.points", objects);
  for (const ListedBox& box : config.boxes)
    add({0, static_cast<double>(box.object), box.x, box.y, box.w, box.h, kBox}, "prompts.boxes", objects);
  return in_order(objects);
}

// `shares` of a frame as its pixels.
std::vector<ObjectPrompt> scaled(std::vector<ObjectPrompt> shares, cv::Size frame) {
  for (ObjectPrompt& object : shares) {
    for (PromptPoint& point : object.points) point.at = {point.at.x * frame.width, point.at.y * frame.height};
    object.box = {object.box.x * frame.width, object.box.y * frame.height, object.box.width * frame.width,
                  object.box.height * frame.height};
  }
  return shares;
}

// --- files

double Place::*member(const std::string& name) {
  const std::pair<const char*, double Place::*> known[] = {{"frame", &Place::frame}, {"object", &Place::object},
                                                           {"x", &Place::x},         {"y", &Place::y},
                                                           {"w", &Place::w},         {"h", &Place::h}};
  for (const auto& [key, at] : known)
    if (name == key) return at;
  return nullptr;  // "what", or unknown
}

std::vector<std::string> read_columns(const std::string& line, const std::string& where) {
  const std::vector<std::string> names = comma_cells(line);
  for (const std::string& name : names) {
    require(name == "what" || member(name) != nullptr, "{}: unknown column '{}' (known: frame, what, x, y, w, h, object)",
            where, name);
    require(std::count(names.begin(), names.end(), name) == 1, "{}: the column '{}' is there twice", where, name);
  }
  for (const char* needed : {"frame", "what", "x", "y"})
    require(std::count(names.begin(), names.end(), needed) == 1, "{}: no column '{}' (needed: frame, what, x, y)", where,
            needed);
  return names;
}

// Cells of what a point has not may be empty or left out at the end.
Place place_of(const std::vector<std::string>& columns, const std::vector<std::string>& cells, const std::string& where) {
  require(cells.size() <= columns.size(), "{}: {} cells for {} columns", where, cells.size(), columns.size());
  Place place;
  for (size_t i = 0; i < cells.size(); ++i) {
    if (columns[i] == "what") {
      place.what = cells[i];
      continue;
    }
    const bool spare = columns[i] == "w" || columns[i] == "h" || columns[i] == "object";
    if (spare && cells[i].empty()) continue;
    const std::optional<double> value = read_number<double>(cells[i]);
    require(value.has_value(), "{}: {} '{}' is no number", where, columns[i], cells[i]);
    place.*member(columns[i]) = *value;
  }
  for (size_t i = cells.size(); i < columns.size(); ++i)
    require(columns[i] == "w" || columns[i] == "h" || columns[i] == "object", "{}: it has no {}", where, columns[i]);
  require(place.what == kBox || place.what == kWanted || place.what == kUnwanted, "{}: '{}' (allowed: {}, {}, {})", where,
          place.what, kBox, kWanted, kUnwanted);
  require(place.frame >= 0 && place.frame <= kMostFrame && place.frame == std::floor(place.frame),
          "{}: frame {} (allowed: whole numbers from 0)", where, place.frame);
  return place;
}

// --- faces

// Where the points of the template lie in the frame.
std::vector<PromptPoint> template_points(const FacePose& pose) {
  const double angle = pose.degrees * CV_PI / 180, cosine = std::cos(angle), sine = std::sin(angle);
  std::vector<PromptPoint> out;
  for (const cv::Point2d& share : face_template()) {
    const double across = (share.x - 0.5) * pose.side, down = (share.y - 0.5) * pose.side;
    out.push_back({{pose.centre.x + cosine * across - sine * down, pose.centre.y + sine * across + cosine * down}, true});
  }
  return out;
}

ObjectPrompt prompt_of(const FacePose& pose, const PromptConfig& config, cv::Size frame) {
  ObjectPrompt prompt;
  Face face;
  face.centre = pose.centre, face.size = face_size(pose) * config.grow, face.degrees = pose.degrees;
  if (config.face != "points") prompt.box = box_of(face) & cv::Rect2d(0, 0, frame.width, frame.height);
  if (config.face != "box") prompt.points = template_points(pose);
  return prompt;
}

}  // namespace

void fields(FieldVisitor& visit, ListedPoint& point) {
  visit("x", point.x, "from the left", {-kMostPlace, kMostPlace});
  visit("y", point.y, "from the top", {-kMostPlace, kMostPlace});
  visit("marks", point.marks, "wanted: on the object; unwanted: beside it", {kWanted, kUnwanted});
  visit("object", point.object, "that it belongs to", {0, kMostObjects - 1});
}

void fields(FieldVisitor& visit, ListedBox& box) {
  visit("x", box.x, "of its upper left corner", {-kMostPlace, kMostPlace});
  visit("y", box.y, "likewise", {-kMostPlace, kMostPlace});
  visit("w", box.w, "width", {0, kMostPlace});
  visit("h", box.h, "height", {0, kMostPlace});
  visit("object", box.object, "that it belongs to; one box each", {0, kMostObjects - 1});
}

void fields(FieldVisitor& visit, PromptConfig& config) {
  visit("from", config.from, "face: each face that is found; listed: points and boxes, in every frame; file: a CSV by frame",
        {"face", "listed", "file"});
  visit("face", config.face, "what is asked of a found face: its box, points on eyes, nose and mouth, or both",
        {"box", "points", "both"});
  visit("grow", config.grow, "of a found face's box", {0.5, 3});
  visit("units", config.units, "of listed places and those of the file: pixels, or shares of the frame's width and height",
        {"pixels", "shares"});
  visit.list("points", config.points, "from listed");
  visit.list("boxes", config.boxes, "from listed");
  visit("file", config.file, "from file: frame,what,x,y,w,h,object, what being box, wanted or unwanted");
  visit.group("detector", config.detector, "from face: finds the faces");
}

void check(const PromptConfig& config) {
  check(config.detector);
  listed_prompts(config);
  require(config.from == "listed" || (config.points.empty() && config.boxes.empty()),
          "prompts.from is {}: prompts.points and prompts.boxes are not looked at (allowed with prompts.from listed)",
          config.from);
  require(config.from == "file" || config.file.empty(),
          "prompts.from is {}: prompts.file is not looked at (allowed with prompts.from file)", config.from);
}

FramePrompts read_prompts(const fs::path& file) {
  const std::string name = file.string();
  std::stringstream lines(read_file(file, kMostPromptBytes));
  std::string line;
  std::getline(lines, line);
  const std::vector<std::string> columns = read_columns(line, name + ":1");
  std::map<int64_t, Objects> frames;
  for (int count = 2; std::getline(lines, line); ++count) {
    if (stripped(line).empty()) continue;
    const std::string where = name + ":" + std::to_string(count);
    const Place place = place_of(columns, comma_cells(line), where);
    add(place, where, frames[static_cast<int64_t>(place.frame)]);
  }
  FramePrompts out;
  for (const auto& [frame, objects] : frames) out[frame] = in_order(objects);
  return out;
}

Prompter::Prompter(const PromptConfig& config, int threads) : config_(config), listed_(listed_prompts(config)) {
  if (config.from == "file") {
    require(!config.file.empty(), "no prompts are given (prompts.file: a CSV file)");
    by_frame_ = read_prompts(config.file);
  }
  if (config.from == "face") finder_.emplace(config.detector, threads);
}

std::vector<ObjectPrompt> Prompter::of_faces(const cv::Mat& frame) {
  if (!finder_->looks()) {
    ObjectPrompt whole;
    whole.box = {0, 0, static_cast<double>(frame.cols), static_cast<double>(frame.rows)};
    return {whole};
  }
  std::vector<ObjectPrompt> out;
  for (const TrackedFace& face : finder_->find(frame)) {
    ObjectPrompt prompt = prompt_of(face.pose, config_, frame.size());
    if (!prompt.box.empty() || !prompt.points.empty()) out.push_back(std::move(prompt));
  }
  return out;
}

std::vector<ObjectPrompt> Prompter::find(const cv::Mat& frame) {
  const int64_t index = next_frame_++;
  if (finder_) return of_faces(frame);
  const auto at = by_frame_.find(index);
  std::vector<ObjectPrompt> prompts;
  if (config_.from == "listed") prompts = listed_;
  if (at != by_frame_.end()) prompts = at->second;
  return config_.units == "shares" ? scaled(std::move(prompts), frame.size()) : prompts;
}

void Prompter::skip() {
  ++next_frame_;
  if (finder_) finder_->skip();
}

void Prompter::reset() {
  if (finder_) finder_->reset();
}

}  // namespace facemat
