#include "eval/report/pictures.h"

#include <algorithm>
#include <array>
#include <map>
#include <opencv2/imgproc.hpp>
#include <optional>

#include "eval/page/html.h"
#include "src/core/file.h"
#include "src/image/codec.h"

namespace facemat {
namespace {

constexpr uint64_t kMostPicture = uint64_t{32} << 20;  // bytes of a file
constexpr int kColourQuality = 85, kMatteQuality = 90;
constexpr std::array<const char*, 3> kKinds = {"worst", "median", "best"};

// Where a card's pictures come from.
struct Source {
  CaseCard card;                   // without pictures
  std::vector<const Case*> cases;  // as card.models
};

cv::Mat shrunk(const cv::Mat& picture, int side) {
  const int longest = std::max(picture.cols, picture.rows);
  if (longest <= side) return picture;
  const double scale = static_cast<double>(side) / longest;
  cv::Mat small;
  cv::resize(picture, small, {std::max(1, cvRound(picture.cols * scale)), std::max(1, cvRound(picture.rows * scale))}, 0, 0,
             cv::INTER_AREA);
  return small;
}

std::string uri_of(const char* type, const std::string& bytes) {
  return std::string("data:image/") + type + ";base64," + base64(bytes);
}

// Smooth mattes are smaller as PNG, noisy ones as JPEG.
std::string matte_uri(const cv::Mat& matte) {
  const std::string png = encode_image(".png", matte), jpeg = encode_image(".jpg", matte, kMatteQuality);
  return png.size() <= jpeg.size() ? uri_of("png", png) : uri_of("jpeg", jpeg);
}

class Encoder {
 public:
  Encoder(const ReportData& data, int side) : data_(data), side_(side) {}

  std::string colour(size_t model, const std::string& path) {
    if (path.empty()) return {};
    return counted(uri_of("jpeg", encode_image(".jpg", shrunk(decoded(model, path), side_), kColourQuality)));
  }

  std::string matte(size_t model, const std::string& path) {
    if (path.empty()) return {};
    cv::Mat grey;
    cv::extractChannel(decoded(model, path), grey, 0);
    return counted(matte_uri(shrunk(grey, side_)));
  }

  uint64_t bytes() const { return bytes_; }

 private:
  cv::Mat decoded(size_t model, const std::string& path) const {
    const fs::path file = data_.folders[model] / path;
    return decode_image(read_file(file, kMostPicture), file.string());
  }
  std::string counted(std::string uri) {
    bytes_ += uri.size();
    return uri;
  }

  const ReportData& data_;
  int side_;
  uint64_t bytes_ = 0;
};

std::vector<Source> sources_of(const ReportData& data) {
  std::vector<Source> sources;
  std::map<size_t, size_t> places;  // frame -> index into sources
  for (size_t m = 0; m < data.results.size(); ++m)
    for (const Case& c : data.results[m].cases) {
      const auto [place, fresh] = places.try_emplace(c.frame, sources.size());
      if (fresh) sources.push_back({{c.frame, c.kind, 0, {}, {}, {}}, {}});
      Source& source = sources[place->second];
      source.card.sad = std::max(source.card.sad, data.results[m].frames[c.frame].regions.at("whole").at("sad"));
      source.card.models.push_back({m, c.kind, {}, {}, {}});
      source.cases.push_back(&c);
    }
  return sources;
}

size_t rank_of(const std::string& kind) {
  return static_cast<size_t>(std::find(kKinds.begin(), kKinds.end(), kind) - kKinds.begin());
}

// As the page shows them.
void order(std::vector<Source>& sources) {
  std::stable_sort(sources.begin(), sources.end(), [](const Source& a, const Source& b) {
    const size_t x = rank_of(a.card.kind), y = rank_of(b.card.kind);
    return x != y ? x < y : a.card.sad > b.card.sad;
  });
}

// The first of each kind, then the second of each, ...: where room is short, every kind keeps some.
std::vector<size_t> by_importance(const std::vector<Source>& sources) {
  std::map<std::string, size_t> counts;
  std::vector<std::array<size_t, 3>> keys;
  for (size_t i = 0; i < sources.size(); ++i)
    keys.push_back({counts[sources[i].card.kind]++, rank_of(sources[i].card.kind), i});
  std::sort(keys.begin(), keys.end());
  std::vector<size_t> indices;
  for (const auto& key : keys) indices.push_back(key[2]);
  return indices;
}

std::string first_path(const Source& source, std::string Case::*path, size_t& model) {
  for (size_t i = 0; i < source.cases.size(); ++i)
    if (!(source.cases[i]->*path).empty()) {
      model = source.card.models[i].model;
      return source.cases[i]->*path;
    }
  return {};
}

CaseCard encoded(const Source& source, Encoder& encoder) {
  CaseCard card = source.card;
  size_t model = 0;
  const std::string image = first_path(source, &Case::image, model);
  card.image = encoder.colour(model, image);
  const std::string truth = first_path(source, &Case::truth, model);
  card.truth = encoder.matte(model, truth);
  for (size_t i = 0; i < source.cases.size(); ++i) {
    ModelPictures& pictures = card.models[i];
    pictures.prediction = encoder.matte(pictures.model, source.cases[i]->prediction);
    pictures.error = encoder.colour(pictures.model, source.cases[i]->error);
    pictures.uncertainty = encoder.colour(pictures.model, source.cases[i]->uncertainty);
  }
  return card;
}

// All cards at one size; nothing if they exceed the budget, unless `some` will do.
std::optional<Gallery> attempt(const ReportData& data, const std::vector<Source>& sources, int side, bool some) {
  Gallery gallery;
  gallery.side = side;
  Encoder encoder(data, side);
  std::vector<std::optional<CaseCard>> cards(sources.size());
  for (const size_t i : by_importance(sources)) {
    cards[i] = encoded(sources[i], encoder);
    if (encoder.bytes() <= data.options.picture_bytes) {
      gallery.bytes = encoder.bytes();
      continue;
    }
    if (!some) return std::nullopt;
    cards[i].reset();
    break;
  }
  for (std::optional<CaseCard>& card : cards)
    if (card)
      gallery.cards.push_back(std::move(*card));
    else
      ++gallery.left_out;
  return gallery;
}

}  // namespace

Gallery make_gallery(const ReportData& data) {
  std::vector<Source> sources = sources_of(data);
  order(sources);
  constexpr size_t kSizes = std::size(kPictureSides);
  for (size_t i = 0; i + 1 < kSizes; ++i)
    if (std::optional<Gallery> gallery = attempt(data, sources, kPictureSides[i], false)) return std::move(*gallery);
  return attempt(data, sources, kPictureSides[kSizes - 1], true).value();
}

}  // namespace facemat
