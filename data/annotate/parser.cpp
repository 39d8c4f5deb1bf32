#include "data/annotate/parser.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <opencv2/imgproc.hpp>

#include "src/core/error.h"

namespace facemat {
namespace {

std::string name_of(const ParserConfig& config) {
  return config.name.empty() ? std::filesystem::path(config.network.model).filename().string() : config.name;
}

std::vector<Role> roles_of(const ParserConfig& config) {
  std::vector<Role> out;
  for (const std::string& name : config.classes) out.push_back(role_of(name, "parser " + name_of(config)));
  return out;
}

// Larger by the rule that enlarges crops for networks; others as they are.
cv::Mat enlarged(const cv::Mat& crop, cv::Size seen) {
  if (seen.width <= crop.cols || seen.height <= crop.rows) return crop;
  cv::Mat out;
  cv::resize(crop, out, seen, 0, 0, cv::INTER_CUBIC);
  return out;
}

cv::Mat back_to(const cv::Mat& map, cv::Size size, bool ids) {
  if (map.size() == size) return map;
  cv::Mat out;
  cv::resize(map, out, size, 0, 0, ids ? cv::INTER_NEAREST_EXACT : cv::INTER_AREA);  // crops that were enlarged
  return out;
}

struct Best {
  cv::Mat role, top, second;
};

Best best_of(const RoleMaps& maps) {
  Best out{cv::Mat(maps[0].size(), CV_8UC1), cv::Mat(maps[0].size(), CV_32FC1), cv::Mat(maps[0].size(), CV_32FC1)};
  for (int y = 0; y < maps[0].rows; ++y)
    for (int x = 0; x < maps[0].cols; ++x) {
      int best = 0;
      float top = maps[0].at<float>(y, x), second = 0;
      for (int r = 1; r < kRoles; ++r) {
        const float value = maps[r].at<float>(y, x);
        second = std::max(second, std::min(value, top));
        if (value > top) best = r, top = value;  // the first of equal ones wins
      }
      out.role.at<uint8_t>(y, x) = static_cast<uint8_t>(best), out.top.at<float>(y, x) = top,
                              out.second.at<float>(y, x) = second;
    }
  return out;
}

}  // namespace

const std::vector<std::string>& role_names() {
  static const std::vector<std::string> names = {"background", "hair", "body", "face", "clothes", "accessory"};
  return names;
}

Role role_of(const std::string& name, const std::string& where) {
  const auto& names = role_names();
  const auto at = std::find(names.begin(), names.end(), name);
  require(at != names.end(), "{}: unknown role '{}' in the class table (known: {})", where, name, fmt::join(names, ", "));
  return static_cast<Role>(at - names.begin());
}

cv::Mat is_one_of(const RoleMap& map, const std::vector<int>& roles) {
  cv::Mat out(map.role.size(), CV_8UC1, cv::Scalar(0));
  for (const int role : roles) out |= map.role == role;
  return out;
}

void fields(FieldVisitor& visit, ParserConfig& c) {
  visit("name", c.name, "in messages; empty: that of the file");
  visit.group("network", c.network, "ONNX file and what it takes");
  visit("classes", c.classes,
        "the role of each class, in the network's order: background, hair, body, face, clothes, accessory");
  visit("weight", c.weight, "beside other parsers", {1e-3, 1e3});
}

void check(const ParserConfig& config, const std::string& where) {
  check(config.network, where + ".network");
  require(config.classes.size() >= 2, "{}.classes has {} entries (allowed: at least two, the role of each class)", where,
          config.classes.size());
  const std::vector<Role> roles = roles_of(config);
  require(std::find(roles.begin(), roles.end(), kFace) != roles.end(), "{}.classes names no class as 'face'", where);
}

Parser::Parser(const ParserConfig& config, int threads)
    : config_(config), roles_(roles_of(config)), network_(config.network, threads) {
  const cv::Size seen = network_.fixed_size() == cv::Size() ? cv::Size(256, 256) : network_.fixed_size();
  const std::vector<cv::Mat> channels = network_.run_channels(cv::Mat(seen, CV_8UC3, cv::Scalar::all(128)));
  ids_ = channels.size() == 1;
  require(ids_ || channels.size() == roles_.size(),
          "{}: answers with {} classes, the class table of parser {} has {} (allowed: {})", config_.network.model,
          channels.size(), name_of(config_), roles_.size(), channels.size());
}

RoleMaps Parser::run(const cv::Mat& crop) {
  const std::vector<cv::Mat> channels = network_.run_channels(enlarged(crop, network_.fixed_size()));
  RoleMaps out;
  for (cv::Mat& map : out) map = cv::Mat(crop.size(), CV_32FC1, cv::Scalar(0));
  if (ids_) {
    const cv::Mat ids = back_to(channels[0], crop.size(), true);
    double most = 0;
    cv::minMaxLoc(ids, nullptr, &most);
    require(most < static_cast<double>(roles_.size()), "{}: answers with class {}, the class table of parser {} ends at {}",
            config_.network.model, most, name_of(config_), roles_.size() - 1);
    for (size_t id = 0; id < roles_.size(); ++id) out[roles_[id]].setTo(1, ids == static_cast<double>(id));
    return out;
  }
  for (size_t c = 0; c < channels.size(); ++c) out[roles_[c]] += back_to(channels[c], crop.size(), false);
  return out;
}

RoleMap fused(const std::vector<RoleMaps>& maps, const std::vector<double>& weights) {
  require(!maps.empty() && maps.size() == weights.size(), "{} parsers with {} weights", maps.size(), weights.size());
  double sum = 0;
  for (const double weight : weights) sum += weight;
  RoleMaps mean;
  for (int r = 0; r < kRoles; ++r) {
    if (maps.size() == 1) {
      mean[r] = maps[0][r];
      continue;
    }
    mean[r] = cv::Mat(maps[0][r].size(), CV_32FC1, cv::Scalar(0));
    for (size_t i = 0; i < maps.size(); ++i) cv::scaleAdd(maps[i][r], weights[i] / sum, mean[r], mean[r]);
  }
  const Best best = best_of(mean);
  RoleMap out{best.role, best.top, best.top - best.second, {}};
  if (maps.size() == 1) return out;
  const cv::Mat face = best.role == kFace;
  out.agreement = cv::Mat(face.size(), CV_32FC1, cv::Scalar(0));
  for (size_t i = 0; i < maps.size(); ++i) {
    const cv::Mat own = best_of(maps[i]).role == kFace, same = own == face;
    cv::add(out.agreement, cv::Scalar(weights[i] / sum), out.agreement, same);
  }
  return out;
}

}  // namespace facemat
