// Foregrounds with mattes over backgrounds, as Composition-1k is laid out (Xu et al., "Deep image matting", CVPR 2017):
// pictures of foregrounds whose colours are known everywhere, their alphas, pictures to put behind them, and lists.
//
//   images: fg, masks: alpha, backgrounds: bg      fg/dog.png, alpha/dog.png, bg/train/a.jpg, bg/test/b.jpg
//   lists: [{split: train, file: training_fg_names.txt}, ...], background_lists: [{split: train, file: training_bg_names.txt},
//   ...]
//
// An item is a foreground over one of its backgrounds, dog@007. With lists, a split's list of backgrounds is cut into equal
// runs, one for each line of its list of foregrounds, in their order: 43,100 names for 431 foregrounds are 100 each, 1,000 for
// 50 are 20 each, and these composites are the same for everybody. Foregrounds that are in no list, and lists without one of
// backgrounds, have `per_foreground` that are drawn from the folder once and for all. alpha is 1 at the foreground: whatever it
// is, it stands where faces otherwise do.
//
// A background that is smaller than the foreground's picture is enlarged until it covers it, and its upper left part is taken:
// our choice, as are the squares, which frames of this project are. What is learned from - the list of the split "train", and
// everything where there are no lists - is varied: `crop: unknown` takes a square of a drawn side around a drawn pixel of
// unknown alpha; with the probability `pair` another foreground of the same list, drawn once and for all for each composite, is
// laid behind the first (foreground_pair.h); filters are drawn from `resampling`. Else the largest square of the picture is
// shown, in its middle or moved from there as far as it takes to hold the foreground.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <opencv2/core.hpp>
#include <set>

#include "data/augment/foreground_pair.h"
#include "data/augment/resampling.h"
#include "data/sources/faces/faces.h"
#include "data/sources/faces/photographs.h"
#include "data/sources/pictures/listing.h"
#include "data/sources/pictures/masks.h"
#include "src/core/error.h"
#include "src/image/codec.h"

namespace facemat {
namespace {

constexpr int64_t kNobody = -1, kSeveral = -2;

std::string last_part(const std::string& name) { return name.substr(name.rfind('/') + 1); }

// Numbers of files by what a list may call them: with their folders, or by their names alone.
class Places {
 public:
  void add(const std::string& name, int64_t number) {
    const std::string stem = without_extension(name);
    put(whole_, stem, number), put(bare_, last_part(stem), number);
  }

  // Of all names of a list, in its order. `folder`: where the files are, for messages.
  std::vector<int64_t> of(const std::string& list, const std::string& folder) const {
    std::vector<int64_t> numbers;
    for (const std::string& name : read_ordered_names(list)) {
      numbers.push_back(find(name));
      require(numbers.back() != kNobody, "{}: '{}' is not in {}", list, name, folder);
      require(numbers.back() != kSeveral, "{}: several files in {} could be '{}' (name it with its folder)", list, folder,
              name);
    }
    return numbers;
  }

 private:
  using Numbers = std::map<std::string, int64_t>;

  static void put(Numbers& numbers, const std::string& name, int64_t number) {
    if (const auto [place, fresh] = numbers.emplace(name, number); !fresh) place->second = kSeveral;
  }
  int64_t find(const std::string& name) const {
    if (const auto place = whole_.find(name); place != whole_.end()) return place->second;
    const auto place = bare_.find(last_part(name));
    return place == bare_.end() ? kNobody : place->second;
  }

  Numbers whole_, bare_;
};

// A random square of `side` pixels, or as many as there are, around a pixel of `alpha` that is neither 0 nor 1, as 8 bits show
// it; anywhere if there is none.
cv::Rect unknown_square(const cv::Mat& alpha, int side, Rng rng) {
  side = std::min({side, alpha.cols, alpha.rows});
  std::vector<cv::Point> soft;
  cv::findNonZero((alpha > 0.5f / 255) & (alpha < 1 - 0.5f / 255), soft);
  const auto x = static_cast<int>(rng.integer(0, alpha.cols - 1)), y = static_cast<int>(rng.integer(0, alpha.rows - 1));
  cv::Point middle(x, y);
  if (!soft.empty()) middle = soft[static_cast<size_t>(rng.integer(0, static_cast<int64_t>(soft.size()) - 1))];
  return {std::clamp(middle.x - side / 2, 0, alpha.cols - side), std::clamp(middle.y - side / 2, 0, alpha.rows - side), side,
          side};
}

// What of `background` lies behind `square` of a foreground's picture of `picture` pixels.
cv::Mat behind(const cv::Mat& background, cv::Size picture, const cv::Rect& square, int side, ResizeFilter filter) {
  const double scale = std::max(
      {1., static_cast<double>(picture.width) / background.cols, static_cast<double>(picture.height) / background.rows});
  const auto place = [scale](int pixels) { return static_cast<int>(std::lround(pixels / scale)); };
  const int own = std::clamp(place(square.width), 1, std::min(background.cols, background.rows));
  const cv::Rect part(std::min(place(square.x), background.cols - own), std::min(place(square.y), background.rows - own), own,
                      own);
  return resize_by(background(part), {side, side}, filter);
}

class Mattes : public FaceSource {
 public:
  explicit Mattes(const FaceSourceConfig& config) : config_(config) {
    require(!config.images.empty() && !config.masks.empty() && !config.backgrounds.empty(),
            "faces: kind mattes needs 'images', 'masks' and 'backgrounds'");
    require(config.trust.empty(), "faces: kind mattes has no 'trust': its alphas are certain");
    require(config.crop == "centre" || config.crop == "unknown", "faces: kind mattes has crop: centre or unknown, not '{}'",
            config.crop);
    require(config.pair == 0 || !config.lists.empty(),
            "faces: kind mattes takes a second foreground (pair) from the same list, so it needs 'lists'");
    require(!config.crops.empty(), "faces: crops is empty (allowed: at least one side)");
    for (const SplitList& list : config.background_lists)
      require(std::any_of(config.lists.begin(), config.lists.end(), [&](const auto& own) { return own.split == list.split; }),
              "faces: kind mattes: backgrounds are listed for the split '{}', and no foregrounds (lists)", list.split);
    draw_resize_filter(Rng(), config.resampling);  // is there such a list?
    pairs_ = joined(config.images, config.masks, {config.mask_suffix, config.unpaired == "skip", "alpha"},
                    {config.include, config.exclude});
    backgrounds_ = list_source(config.backgrounds, image_extensions(), {}, "backgrounds");
    list_items();
  }
  int64_t size() const override { return static_cast<int64_t>(items_.size()); }
  std::string name(int64_t index) const override {
    const Composite& item = items_[index];
    const std::string& picture = pairs_[item.foreground].picture;
    const std::string stem = without_extension(picture);
    return fmt::format("{}@{:03}{}", stem, item.number, picture.substr(stem.size()));
  }
  Item item(int64_t index) const override {
    const Composite& item = items_[index];
    Item out{name(index), {colour_file(item.foreground), alpha_file(item.foreground), backgrounds_.path(item.background)}, ""};
    if (item.second != kNobody) out.files.push_back(colour_file(item.second)), out.files.push_back(alpha_file(item.second));
    return out;
  }
  Face take(int64_t index, const Rng& look, int side, int) const override {
    const Composite& item = items_[index];
    const ResizeFilter filter =
        item.learned ? draw_resize_filter(look.fork("filter"), config_.resampling) : ResizeFilter::kPlain;
    Foreground foreground = read(item.foreground);
    if (item.second != kNobody && look.fork("pair").chance(config_.pair)) {
      Foreground second = read(item.second);
      const cv::Size size = foreground.alpha.size();
      foreground = paired(foreground, {resize_by(second.colour, size, filter), resize_by(second.alpha, size, filter)});
    }
    const Photograph photograph{foreground.colour, {foreground.alpha, {}}, alpha_file(item.foreground).string()};
    const cv::Rect square = square_in(photograph, item.learned, look);
    FaceView view = view_of(photograph, square, side, /*may_be_empty=*/true);
    if (filter != ResizeFilter::kPlain) {
      view.image = resize_by(foreground.colour(square), {side, side}, filter);
      view.mask = resize_by(foreground.alpha(square), {side, side}, filter);
    }
    const cv::Mat background = read_image(backgrounds_.path(item.background));
    view.background = behind(background, foreground.alpha.size(), square, side, filter);
    return [view](double) { return view; };
  }

 private:
  struct Composite {
    int64_t foreground, background;
    int number;      // of the foreground's backgrounds, from 0
    int64_t second;  // foreground that may be laid behind it
    bool learned;    // from it: it is varied
  };

  void list_items() {
    Places foregrounds, backgrounds;
    for (size_t i = 0; i < pairs_.size(); ++i) foregrounds.add(pairs_[i].picture, static_cast<int64_t>(i));
    for (int64_t i = 0; i < backgrounds_.size(); ++i) backgrounds.add(backgrounds_.names[i], i);
    std::vector<bool> listed(pairs_.size(), false);
    std::set<std::string> done;  // lists that several splits share are one
    for (const SplitList& list : config_.lists) {
      if (!done.insert(list.file).second) continue;
      const std::vector<int64_t> numbers = foregrounds.of(list.file, config_.images);
      add_listed(numbers, backgrounds_of(list.file, backgrounds), used_to_learn(list.file));
      for (const int64_t number : numbers) listed[number] = true;
    }
    for (size_t i = 0; i < pairs_.size(); ++i)
      if (!listed[i]) add_listed({static_cast<int64_t>(i)}, {}, config_.lists.empty());
  }

  // The list of backgrounds of the splits that have this list of foregrounds; empty: there is none.
  std::vector<int64_t> backgrounds_of(const std::string& list, const Places& places) const {
    std::set<std::string> files;
    for (const SplitList& of_backgrounds : config_.background_lists)
      for (const SplitList& own : config_.lists)
        if (own.file == list && own.split == of_backgrounds.split) files.insert(of_backgrounds.file);
    require(files.size() < 2, "{}: several lists of backgrounds for the same foregrounds: {}", list, fmt::join(files, ", "));
    return files.empty() ? std::vector<int64_t>() : places.of(*files.begin(), config_.backgrounds);
  }

  bool used_to_learn(const std::string& list) const {
    return std::any_of(config_.lists.begin(), config_.lists.end(),
                       [&](const SplitList& own) { return own.file == list && own.split == "train"; });
  }

  // `backgrounds`: as many for each, one after another; empty: they are drawn.
  void add_listed(const std::vector<int64_t>& foregrounds, const std::vector<int64_t>& backgrounds, bool learned) {
    require(backgrounds.size() % foregrounds.size() == 0,
            "faces: kind mattes: {} backgrounds are listed for {} foregrounds (allowed: the same number for each)",
            backgrounds.size(), foregrounds.size());
    const auto each = static_cast<int64_t>(backgrounds.size() / foregrounds.size());
    for (size_t i = 0; i < foregrounds.size(); ++i) {
      const auto first = backgrounds.begin() + static_cast<int64_t>(i) * each;
      const std::vector<int64_t> own = each > 0 ? std::vector<int64_t>(first, first + each) : drawn_backgrounds(foregrounds[i]);
      for (size_t k = 0; k < own.size(); ++k) {
        const int64_t second = learned && config_.pair > 0 ? other_of(foregrounds, i, k) : kNobody;
        items_.push_back({foregrounds[i], own[k], static_cast<int>(k), second, learned});
      }
    }
  }

  std::vector<int64_t> drawn_backgrounds(int64_t foreground) const {
    Rng rng = Rng().fork("backgrounds", static_cast<uint64_t>(foreground));
    std::vector<int64_t> drawn;
    for (int k = 0; k < config_.per_foreground; ++k) drawn.push_back(rng.integer(0, backgrounds_.size() - 1));
    return drawn;
  }

  // For composite `number` of foreground `own` of these another one, if there is another.
  static int64_t other_of(const std::vector<int64_t>& foregrounds, size_t own, size_t number) {
    const auto count = static_cast<int64_t>(foregrounds.size());
    if (count < 2) return kNobody;
    const int64_t further = Rng().fork("pair", own).fork("composite", number).integer(1, count - 1);
    return foregrounds[static_cast<size_t>((static_cast<int64_t>(own) + further) % count)];
  }

  cv::Rect square_in(const Photograph& photograph, bool learned, const Rng& look) const {
    FaceSourceConfig centre;
    if (!learned || config_.crop == "centre") return square_of(photograph, centre, look, /*side=*/1);
    Rng rng = look.fork("crop");
    const auto sides = static_cast<int64_t>(config_.crops.size());
    const double side = config_.crops[static_cast<size_t>(rng.integer(0, sides - 1))];
    return unknown_square(photograph.mask.value, static_cast<int>(std::lround(side)), rng);
  }

  Foreground read(int64_t number) const {
    const fs::path colour = colour_file(number), alpha = alpha_file(number);
    Foreground foreground{read_image(colour), read_matte(alpha, config_.binary)};
    if (config_.polarity == "occluder") foreground.alpha = 1 - foreground.alpha;
    if (foreground.colour.size() != foreground.alpha.size())
      fail("{}: {}x{} pixels, but its alpha {} has {}x{}{}", colour.string(), foreground.colour.cols, foreground.colour.rows,
           alpha.string(), foreground.alpha.cols, foreground.alpha.rows, turned_hint(colour, foreground.alpha.size()));
    return foreground;
  }
  fs::path colour_file(int64_t number) const { return fs::path(config_.images) / pairs_[number].picture; }
  fs::path alpha_file(int64_t number) const { return fs::path(config_.masks) / pairs_[number].partner; }

  FaceSourceConfig config_;
  std::vector<FilePair> pairs_;
  FileList backgrounds_;
  std::vector<Composite> items_;
};

}  // namespace

std::unique_ptr<FaceSource> open_mattes(const FaceSourceConfig& config) { return std::make_unique<Mattes>(config); }

}  // namespace facemat
