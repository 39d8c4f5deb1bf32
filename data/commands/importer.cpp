#include "data/commands/importer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <opencv2/core.hpp>
#include <set>

#include "data/annotate/cut.h"
#include "data/annotate/spares.h"
#include "data/recipe/config.h"
#include "data/sources/pictures/item.h"
#include "data/sources/pictures/listing.h"
#include "src/core/config.h"
#include "src/core/error.h"
#include "src/core/file.h"
#include "src/core/folder.h"
#include "src/core/hash.h"
#include "src/core/parallel.h"
#include "src/core/text.h"
#include "src/image/codec.h"
#include "src/image/mask_file.h"
#include "src/image/pixels.h"
#include "src/image/transform.h"

namespace facemat {
namespace {

constexpr float kHalfStep = 0.5f / 255;  // what 8 bits still show
constexpr double kHardlySoft = 0.005;

// "1 mask", "2 masks".
std::string counted(int64_t count, const char* what) { return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s"); }

// --- what there is

enum class Kind { kRgba, kColourAlpha, kFaces };

Kind kind_of(const ImportOptions& o) {
  const int rgba = !o.rgba.empty(), cutouts = !o.colour.empty() || !o.alpha.empty();
  const int faces = !o.images.empty() || !o.masks.empty();
  require(rgba + cutouts + faces == 1, "name one kind of input: RGBA pictures, colours and alphas, or images and masks");
  require(o.colour.empty() == o.alpha.empty(), "colours need alphas, and alphas colours");
  require(o.images.empty() == o.masks.empty(), "images need masks, and masks images");
  return rgba ? Kind::kRgba : cutouts ? Kind::kColourAlpha : Kind::kFaces;
}

fs::path picture_folder(const ImportOptions& o, Kind kind) {
  return kind == Kind::kRgba ? o.rgba : kind == Kind::kColourAlpha ? o.colour : o.images;
}

std::string polarity_of(const ImportOptions& o, Kind kind) {
  const std::string usual = kind == Kind::kFaces ? "visible_face" : "occluder";
  std::string polarity = o.polarity.empty() ? usual : o.polarity;
  require(polarity == "visible_face" || polarity == "occluder", "polarity '{}' (allowed: visible_face, occluder)", polarity);
  require(kind != Kind::kRgba || (polarity == usual && o.white == 255),
          "the alpha of an RGBA file is 1 where the occluder is, with 255 as 1; give others as colours and alphas");
  require(o.white >= 1 && o.white <= 255, "white is {} (allowed: 1 to 255)", o.white);
  require(o.labels.empty() || (kind == Kind::kFaces && o.white == 255),
          "labels are of masks of faces, and say what the values mean (without white)");
  require(o.ignore < 0 || !o.labels.empty(), "a value to ignore needs labels: the values that make the face");
  require(o.bad == "stop" || o.bad == "skip", "bad files: '{}' (allowed: stop, skip)", o.bad);
  return polarity;
}

struct Entry {
  std::string name;           // without extension, with '/'
  fs::path picture, partner;  // partner: empty for RGBA
  std::string fault;          // known without reading; empty: none
};

std::vector<Entry> entries_of(const ImportOptions& o, Kind kind, std::vector<std::string>& warnings) {
  const fs::path folder = picture_folder(o, kind), partners_folder = kind == Kind::kFaces ? o.masks : o.alpha;
  const std::vector<std::string> extensions = kind == Kind::kRgba ? alpha_image_extensions() : image_extensions();
  std::vector<std::string> looked_for = extensions;
  if (kind == Kind::kRgba) looked_for.insert(looked_for.end(), kWithoutAlpha.begin(), kWithoutAlpha.end());
  std::map<std::string, fs::path> partners;
  std::set<std::string> twice;  // stems of several partners
  if (kind != Kind::kRgba)
    for (const std::string& file : pictures_below(partners_folder))
      if (!partners.emplace(without_extension(file), partners_folder / file).second) twice.insert(without_extension(file));
  std::vector<Entry> entries;
  std::set<std::string> names, used;
  for (const std::string& file : pictures_below(folder, looked_for)) {
    Entry entry{without_extension(file), folder / file, {}, ""};
    if (folder == partners_folder && !o.suffix.empty() && ends_with(entry.name, o.suffix)) continue;  // partners themselves
    const std::string wanted = entry.name + o.suffix;
    const auto partner = partners.find(wanted);
    if (partner != partners.end()) entry.partner = partner->second, used.insert(partner->first);
    const bool foreign = has_extension(file, foreign_image_extensions());  // may lie beside the same picture in another format
    const bool opaque = kind == Kind::kRgba && has_extension(file, kWithoutAlpha);  // may, too
    if (!foreign && !opaque && !names.insert(entry.name).second)
      entry.fault = "another file has the same name but for its extension";
    if (kind != Kind::kRgba && partner == partners.end())
      entry.fault = fmt::format("no '{}.*' in {}", wanted, partners_folder.string());
    if (twice.count(wanted)) entry.fault = fmt::format("two files '{}.*' in {}", wanted, partners_folder.string());
    if (has_extension(entry.partner, foreign_image_extensions()))
      entry.fault = fmt::format("{}: {}", entry.partner.filename().string(), kForeignFormat);
    if (foreign) entry.fault = kForeignFormat;
    if (opaque) entry.fault = kNoAlpha;
    entries.push_back(entry);
  }
  require(!entries.empty(), "{}: no pictures (known: {})", folder.string(), fmt::join(extensions, ", "));
  if (kind != Kind::kRgba && folder != partners_folder && used.size() < partners.size())
    warnings.push_back(fmt::format("{}: {} without a picture in {}", partners_folder.string(),
                                   counted(static_cast<int64_t>(partners.size() - used.size()), "file"), folder.string()));
  return entries;
}

// --- one picture

struct OutputFile {
  fs::path path;  // below OUT
  std::string bytes;
};

// What is told of one picture; `fault` alone counts if there is one.
struct Outcome {
  std::string fault, content;
  std::vector<OutputFile> files;  // until they are written
  bool as_stated = false, inverted = false;
  bool lossy = false;   // the alpha or mask
  bool turned = false;  // may_be_unturned()
  double soft = 0;
};

// Both readings of what lies in the picture.
void compare_readings(const cv::Mat& alpha, Outcome& outcome) {
  const Reading reading = reading_of(alpha);
  outcome.as_stated = reading == Reading::kUpright;
  outcome.inverted = reading == Reading::kInverted;
}

double soft_share(const cv::Mat& alpha) {
  const int some = cv::countNonZero(alpha > kHalfStep);
  return some == 0 ? 0 : static_cast<double>(cv::countNonZero((alpha > kHalfStep) & (alpha < 1 - kHalfStep))) / some;
}

// What its file says of a partner that a person should know.
void note_partner(const Entry& entry, Outcome& outcome) {
  outcome.lossy = is_lossy_mask(read_image_size(entry.partner));
  outcome.turned = may_be_unturned(entry.picture, entry.partner);
}

void require_some_and_not_all(const cv::Mat& alpha, const fs::path& file, const char* what) {
  require(cv::countNonZero(alpha > kHalfStep) > 0, "{}: the {} is 0 everywhere", file.string(), what);
  require(cv::countNonZero(alpha < 1 - kHalfStep) > 0, "{}: the {} is 1 everywhere", file.string(), what);
}

// An alpha or mask as 0..1 with the meaning that `inverted` gives it.
MaskPlanes read_partner(const fs::path& file, const ImportOptions& o, bool inverted) {
  MaskValues values;
  values.white = o.white == 255 ? 0 : o.white, values.labels = o.labels, values.ignore = o.ignore, values.inverted = inverted;
  constexpr const char* kLabels =
      "--labels of the values that make the face, as --labels 1,10,14, and --ignore of the one that nobody labelled";
  return read_mask_file(file, values, {"if 1 means 1, say so: --white 1", o.masks.empty() ? "" : kLabels});
}

bool needs_16_bits(const cv::Mat& alpha) {
  cv::Mat eight;
  to_u8(alpha).convertTo(eight, CV_32F, 1.0 / 255);
  return cv::norm(alpha, eight, cv::NORM_INF) > 1e-4;
}

cv::Mat rgba_of(const cv::Mat& colour, const cv::Mat& alpha) {
  const cv::Mat planes[] = {colour, alpha};
  cv::Mat straight;
  cv::merge(planes, 2, straight);
  return needs_16_bits(alpha) ? to_u16(straight) : to_u8(straight);
}

std::string hash_of(const std::string& bytes, uint64_t from = kHashStart) { return hash_text(hash_bytes(bytes, from)); }

void take_cutout(const Entry& entry, const ImportOptions& o, bool inverted, Outcome& outcome) {
  cv::Mat colour, alpha;
  if (entry.partner.empty()) {
    const cv::Mat layer = read_cutout(entry.picture);
    colour = layer_colour(layer), alpha = layer_alpha(layer);
  } else {
    colour = to_float(read_image(entry.picture)), alpha = read_partner(entry.partner, o, inverted).value;
    if (colour.size() != alpha.size())
      fail("{}: the picture is {}x{} but its alpha {}x{}{}", entry.picture.string(), colour.cols, colour.rows, alpha.cols,
           alpha.rows, turned_hint(entry.picture, alpha.size()));
    note_partner(entry, outcome);
  }
  require_some_and_not_all(alpha, entry.partner.empty() ? entry.picture : entry.partner, "alpha");
  compare_readings(alpha, outcome);
  outcome.soft = soft_share(alpha);
  const cv::Rect box = bounding_box(alpha, kHalfStep);
  const std::string bytes = encode_image(".png", rgba_of(colour(box), alpha(box)));
  outcome.content = hash_of(bytes);
  outcome.files.push_back({fs::path("pictures") / (entry.name + ".png"), bytes});
}

// Cuts the largest face out of photographs, each worker with a detector of its own.
class Cutter {
 public:
  explicit Cutter(const fs::path& annotator)
      : config_(load_annotator(annotator)), detectors_([this] { return make_face_detector(config_.detector, 1); }) {}

  // The label has the size of `image`; it is 0 beyond the photograph.
  void cut(cv::Mat& image, Label& label, const std::string& where) {
    const std::vector<Face> faces = detectors_.with([&](FaceDetector& detector) { return detector.detect(image, 0); });
    require(!faces.empty(), "{}: no face is found", where);
    const auto smaller = [](const Face& a, const Face& b) { return a.size.area() < b.size.area(); };
    const Cut cut = cut_of(*std::max_element(faces.begin(), faces.end(), smaller), config_, image.size());
    require(cut.reject.empty(), "{}: {}", where, cut.reject);
    const cv::Rect picture = picture_in(cut, image.size());
    label = resampled(label, [&](const cv::Mat& plane) {
      const cv::Mat whole = cut_out(plane, cut, config_.crop);
      cv::Mat inside(whole.size(), whole.type(), cv::Scalar(0));
      whole(picture).copyTo(inside(picture));
      return inside;
    });
    image = cut_out(image, cut, config_.crop);
  }
  int jpeg_quality() const { return config_.jpeg_quality; }

 private:
  AnnotatorConfig config_;
  Spares<FaceDetector> detectors_;
};

std::string encoded_levels(const cv::Mat& levels) {
  return encode_image(".png", needs_16_bits(levels) ? to_u16(levels) : to_u8(levels));
}

// A picture and its label, as files are written.
void take_files(const std::string& name, const std::string& picture, const Label& label, Outcome& outcome) {
  const char* extension = image_extension_of(picture);  // files are not always what their names say
  const std::string mask = encoded_levels(label.value), trust = label.trust.empty() ? "" : encoded_levels(label.trust);
  outcome.content = hash_of(trust, hash_bytes(mask, hash_bytes(picture)));
  outcome.files.push_back({fs::path("images") / (name + extension), picture});
  outcome.files.push_back({fs::path("masks") / (name + ".png"), mask});
  if (!trust.empty()) outcome.files.push_back({fs::path("trust") / (name + ".png"), trust});
}

void judge(const cv::Mat& mask, const fs::path& file, const char* what, Outcome& outcome) {
  require_some_and_not_all(mask, file, what);
  compare_readings(mask, outcome);
  outcome.soft = soft_share(mask);
}

// `cutter`: nullptr: pictures stay as they are.
void take_face(const Entry& entry, const ImportOptions& o, bool inverted, Cutter* cutter, Outcome& outcome) {
  cv::Mat image = read_image(entry.picture);
  const MaskPlanes planes = read_partner(entry.partner, o, inverted);
  const cv::Size size = planes.value.size();
  if (!same_proportions(image.size(), size))
    fail("{}: the picture is {}x{} but its mask {}x{}, which has other proportions{}", entry.picture.string(), image.cols,
         image.rows, size.width, size.height, turned_hint(entry.picture, size));
  judge(planes.value, entry.partner, "mask", outcome);
  note_partner(entry, outcome);
  Label label = resampled({planes.value, planes.trust}, [&](const cv::Mat& plane) { return resize(plane, image.size()); });
  std::string picture;
  if (cutter != nullptr) {
    cutter->cut(image, label, entry.picture.string());
    judge(label.value, entry.partner, "mask of the face that was cut out", outcome);
    picture = encode_image(".jpg", image, cutter->jpeg_quality());
  } else {
    picture = read_file(entry.picture);
  }
  take_files(entry.name, picture, label, outcome);
}

// --- the whole

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    require(static_cast<unsigned char>(c) >= ' ', "'{}': a name with control characters", text);
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

// The settings of a build that uses `out`.
std::string snippet(const ImportOptions& o, Kind kind, const fs::path& out) {
  const fs::path folder = output_place(fs::absolute(out).lexically_normal());
  const std::string name = quoted(o.name.empty() ? folder.filename().string() : o.name), licence = quoted(o.licence);
  if (kind == Kind::kFaces)
    return fmt::format(
        "faces:\n  - kind: folder\n    name: {}\n    images: {}\n    masks: {}\n{}    polarity: visible_face\n    licence: "
        "{}\n",
        name, quoted((folder / "images").string()), quoted((folder / "masks").string()),
        o.ignore < 0 ? "" : "    trust: " + quoted((folder / "trust").string()) + "\n", licence);
  const char* hands = o.occluder_class == "hand" ? "    toward_face: true\n    from_outside: true\n" : "";
  return fmt::format("occluders:\n  - kind: cutouts\n    name: {}\n    root: {}\n    occluder_class: {}\n{}    licence: {}\n",
                     name, quoted((folder / "pictures").string()), quoted(o.occluder_class), hands, licence);
}

std::string heading(const ImportReport& r, const std::string& polarity) {
  return fmt::format(
      "# {} of {} files taken; polarity as stated ({}): {} look right so, {} would inverted\n"
      "# soft pixels where alpha is not 0: {:.2f} % on average; {} files have hardly any\n"
      "# content: {} (each file: contents.tsv)\n",
      r.taken, r.files, polarity, r.as_stated, r.inverted, 100 * r.soft, r.binary, r.content);
}

void refuse_inverted(const ImportReport& r, const std::string& polarity) {
  require(r.inverted <= r.as_stated,
          "{} files are bright in the middle and dark at the border once read as '{}', {} once inverted: they look inverted "
          "(polarity: {})",
          r.as_stated, polarity, r.inverted, polarity == "occluder" ? "visible_face" : "occluder");
}

void warn(ImportReport& r, Kind kind, const std::string& first_inverted) {
  const char* partner = kind == Kind::kFaces ? "mask" : "alpha";
  if (r.as_stated + r.inverted == 0)
    r.warnings.push_back("no file shows which polarity it has: look at one before using them");
  else if (r.inverted > 0)
    r.warnings.push_back(fmt::format("{} {} inverted, the first: {}", counted(r.inverted, "file"),
                                     r.inverted == 1 ? "looks" : "look", first_inverted));
  if (r.lossy > 0)
    r.warnings.push_back(fmt::format("{} {}, whose noise beside edges cannot be told from softness: PNG is better",
                                     counted(r.lossy, partner),
                                     r.lossy == 1 ? "is a JPEG or lossy WebP file" : "are JPEG or lossy WebP files"));
  if (r.turned > 0)
    r.warnings.push_back(
        fmt::format("{} turned by an EXIF orientation that {} not: look at one",
                    counted(r.turned, "picture") + (r.turned == 1 ? " is" : " are"),
                    r.turned == 1 ? fmt::format("its {} has", partner) : fmt::format("their {}s have", partner)));
  if (kind != Kind::kFaces && 2 * r.binary > r.taken)
    r.warnings.push_back(fmt::format("{} of {} alphas have hardly a soft pixel: binary masks, not mattes", r.binary, r.taken));
}

}  // namespace

ImportReport import_source(const ImportOptions& options, const fs::path& out, int workers, Progress& progress) {
  const Kind kind = kind_of(options);
  const std::string polarity = polarity_of(options, kind);
  const bool inverted = polarity != (kind == Kind::kFaces ? "visible_face" : "occluder");
  const std::string settings = snippet(options, kind, out);
  config_from_yaml<DataConfig>(settings, "source.yaml");  // a class that is not known is refused before the work
  ImportReport report;
  const std::vector<Entry> entries = entries_of(options, kind, report.warnings);
  report.files = static_cast<int64_t>(entries.size());
  require(options.cut.empty() || kind == Kind::kFaces, "only faces are cut out (--cut is for --images and --masks)");
  const std::unique_ptr<Cutter> cutter = options.cut.empty() ? nullptr : std::make_unique<Cutter>(options.cut);
  PendingFolder folder(out);
  StreamedFile contents(folder.path() / "contents.tsv");
  uint64_t content = kHashStart;
  std::string first_inverted;
  cv::setNumThreads(1);           // pictures are the unit of parallel work
  constexpr int64_t kBatch = 64;  // outcomes are looked at in order, so that the first fault is the same for any workers
  for (int64_t first = 0; first < report.files; first += kBatch) {
    std::vector<Outcome> outcomes(std::min(kBatch, report.files - first));
    parallel(static_cast<int64_t>(outcomes.size()), workers, [&](int64_t i) {
      const Entry& entry = entries[first + i];
      Outcome& outcome = outcomes[i];
      try {
        require(entry.fault.empty(), "{}: {}", entry.picture.string(), entry.fault);
        if (kind == Kind::kFaces) {
          take_face(entry, options, inverted, cutter.get(), outcome);
        } else {
          take_cutout(entry, options, inverted, outcome);
        }
      } catch (const Error& error) {
        outcome.fault = error.what();
        return;
      }
      for (const OutputFile& file : outcome.files) write_plain(folder.path() / file.path, file.bytes);  // no fault of a picture
      outcome.files.clear();
    });
    for (size_t i = 0; i < outcomes.size(); ++i) {
      const Outcome& outcome = outcomes[i];
      const std::string& name = entries[first + static_cast<int64_t>(i)].name;
      if (!outcome.fault.empty()) {
        require(options.bad == "skip", "{}", outcome.fault);
        report.bad.push_back(outcome.fault);
        continue;
      }
      ++report.taken;
      report.as_stated += outcome.as_stated, report.inverted += outcome.inverted;
      report.soft += outcome.soft, report.binary += outcome.soft < kHardlySoft;
      report.lossy += outcome.lossy, report.turned += outcome.turned;
      if (outcome.inverted && first_inverted.empty()) first_inverted = name;
      content = hash_bytes(outcome.content, content);
      contents.write(name + "\t" + outcome.content + "\n");
    }
    progress.update(first + static_cast<int64_t>(outcomes.size()), report.files);
  }
  require(report.taken > 0, "{}: none of {} files can be used, the first: {}", picture_folder(options, kind).string(),
          report.files, report.bad.empty() ? "" : report.bad[0]);
  refuse_inverted(report, polarity);
  report.soft /= static_cast<double>(report.taken);
  report.content = hash_text(content);
  warn(report, kind, first_inverted);
  contents.commit();
  write_plain(folder.path() / "source.yaml", heading(report, polarity) + settings);
  sync_filesystem(folder.path());
  folder.commit();
  return report;
}

}  // namespace facemat
