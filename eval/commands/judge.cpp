#include <fmt/ranges.h>

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <memory>
#include <opencv2/core.hpp>
#include <optional>

#include "data/store/clip_guides.h"
#include "eval/commands/commands.h"
#include "eval/commands/models.h"
#include "eval/judge/evaluator.h"
#include "eval/metrics/variants.h"
#include "eval/results/environment.h"
#include "eval/statistics/statistics.h"
#include "src/core/config.h"
#include "src/core/error.h"
#include "src/core/file.h"
#include "src/core/program.h"
#include "src/core/text.h"
#include "src/image/codec.h"
#include "src/image/mask_file.h"
#include "src/image/trimap.h"
#include "src/runtime/sources/refine.h"

namespace facemat {
namespace {

struct Options {
  ModelChoice model;
  std::string baseline, split = "test", name, polarity = "visible_face", size;
  fs::path data, teacher, out, pred_as;
  PictureFolders folders;
  std::string truth_polarity = "visible_face";
  std::vector<int> truth_labels, trimap_values;
  int truth_ignore = -1;
  bool truth_zero_one = false, prediction_zero_one = false, mask_zero_one = false;
  std::vector<std::string> regions, variants, given, predictions_given;
  bool resize = false, clamp_known = false, no_composite = false, no_pictures = false, quiet = false, json = false;
  CaseCounts cases;
  int threads = hardware_threads();
};

// What is judged against.
struct Truth {
  ClipSource clips;
  DataInfo info;
  std::vector<PictureClip> pictures;       // of folders
  std::shared_ptr<const Dataset> dataset;  // of a dataset: `clips` reads from it
};

// What the models are given of a dataset besides, drawn as the options say: the guides that they need. Sources, which nobody
// trained, get the dataset's own trimaps.
GuidePlan plan_for(const Options& o, const GuideWishes& wishes) {
  GuidePlan plan;
  plan.judging = true;
  plan.names = needed_by(wishes);
  if (o.model.path.extension() == ".yaml") plan.config.trimap.from = "dataset";
  require(o.given.empty() || !plan.names.empty(), "--given is for models that are given more than the frames");
  set_config(o.given, [&](FieldVisitor& visit) { fields(visit, plan.config); });
  return plan;
}

// Of folders everybody gets what lies there.
void check_folders(const Options& o, const GuideWishes& wishes) {
  require(o.given.empty(), "--given says how guides are drawn of a dataset (--data); here they are files");
  for (const GuideEntry& entry : guide_table()) {
    const bool needed = entry.of(wishes) == Wish::kNeeded, there = !entry.of(o.folders.guides).empty();
    require(there || !needed, "--{} DIR is missing: the model needs a {} with each frame ({})", entry.name, entry.name,
            entry.about);
    const bool used = entry.kind == GuideKind::kTrimap || entry.of(wishes) != Wish::kNone;  // trimaps tell a region
    require(!there || used, "--{}: nothing that is judged looks at a {}", entry.name, entry.name);
  }
}

// Names of the guides that frames come with.
std::vector<std::string> given_names(const Options& o, const GuidePlan& plan) {
  if (!o.data.empty()) return plan.names;
  std::vector<std::string> names;
  for (const GuideEntry& entry : guide_table())
    if (!entry.of(o.folders.guides).empty()) names.emplace_back(entry.name);
  return names;
}

Truth open_dataset(const Options& o, const GuidePlan& guides) {
  Layers layers;
  layers.clean = !o.no_composite, layers.optional = true;
  Truth truth;
  truth.dataset = std::make_shared<const Dataset>(Dataset::open(o.data, with_layers_for(guides, layers)));
  truth.clips = clips_of(truth.dataset->split(o.split), guides);
  truth.info.name = truth.dataset->name(), truth.info.split = o.split, truth.info.licence = truth.dataset->licence();
  return truth;
}

PictureValues values_of(const Options& o) {
  PictureValues values;
  values.truth.white = o.truth_zero_one ? 1 : 0, values.mask.white = o.mask_zero_one ? 1 : 0;
  values.truth.labels = o.truth_labels, values.truth.ignore = o.truth_ignore;
  values.truth.inverted = o.truth_polarity == "occluder";
  require(o.truth_labels.empty() || !o.truth_zero_one, "give either --gt-labels or --gt-zero-one");
  require(o.truth_ignore < 0 || !o.truth_labels.empty(), "--gt-ignore needs --gt-labels: the values that make the face");
  values.trimap = stated_trimap_values(o.trimap_values);
  return values;
}

Truth open_truth(const Options& o, const GuidePlan& guides, const GuideWishes& wishes) {
  if (!o.data.empty()) {
    require(o.folders.predictions.empty(), "--pred is judged against --gt, not against a dataset");
    return open_dataset(o, guides);
  }
  check_folders(o, wishes);
  Truth truth;
  truth.pictures = pair_pictures(o.folders);
  truth.clips = clips_of(truth.pictures, values_of(o));
  truth.info.name = name_of(o.folders.truth);
  return truth;
}

// What is judged, with all it leans on.
struct Judged {
  OpenedModel model;
  std::unique_ptr<MatteSource> source;
};

Judged judged_model(OpenedModel model, const std::vector<std::string>& guides) {
  Judged judged;
  judged.model = std::move(model);
  judged.model.info.given = given_to(*judged.model.predictor, guides);
  judged.source = std::make_unique<PredictedMattes>(*judged.model.predictor);
  return judged;
}

Judged judged_baseline(const Options& o, const Truth& truth) {
  const BaselineEntry& baseline = find_baseline(o.baseline);
  Judged judged;
  judged.source = baseline.make(truth.clips);
  judged.model.info.name = fmt::format("{} (baseline)", baseline.name), judged.model.info.kind = "baseline";
  judged.model.info.settings = baseline.about, judged.model.info.given = {"truth"};
  return judged;
}

// Files of 0 and 1, or of labels, are read as almost black, and so judged as if nothing was found.
void refuse_black_predictions(const Options& o, const Truth& truth) {
  std::vector<fs::path> files;
  for (const PictureClip& clip : truth.pictures)
    if (const FrameFile& file = clip.frames[clip.frames.size() / 2].prediction; !file.in_film()) files.push_back(file.path);
  const std::string reason = black_reason(files);
  require(reason.empty(),
          "{}: the predictions {} (say --pred-zero-one if 1 means 1, --pred-as SOURCE.yaml for maps of classes)",
          o.folders.predictions.string(), reason);
}

Judged judged_pictures(const Options& o, const Truth& truth) {
  PictureMattesOptions options;
  options.occluder = o.polarity == "occluder", options.resized = o.resize, options.zero_one = o.prediction_zero_one;
  if (o.pred_as.empty() && !o.prediction_zero_one) refuse_black_predictions(o, truth);
  if (!o.pred_as.empty()) {
    const AlphaSourceConfig config = load_alpha_source(o.pred_as, o.model.assignments);
    options.read = [config](const fs::path& path, const TrueFrame& frame) {
      return alpha_of_picture(config, read_map(path), {}, frame.image);
    };
  } else if (o.model.refine.radius > 0) {
    require(!o.folders.images.empty(), "--refine is guided by the frames' pictures (give --images)");
    options.read = [refine = o.model.refine, white = o.prediction_zero_one ? 1 : 0](const fs::path& path,
                                                                                    const TrueFrame& frame) {
      const cv::Mat alpha = read_predicted_matte(path, white);
      require(alpha.size() == frame.image.size(), "{}: {}x{} pixels, its image has {}x{}", path.string(), alpha.cols,
              alpha.rows, frame.image.cols, frame.image.rows);
      return refined(alpha, frame.image, refine);
    };
  }
  Judged judged;
  judged.source = std::make_unique<PictureMattes>(truth.pictures, options);
  judged.model.info.name = name_of(o.folders.predictions), judged.model.info.kind = "mattes";
  judged.model.info.settings = settings_text(o.model), judged.model.info.given = o.predictions_given;
  return judged;
}

// Before anything is opened.
void check_asked(const Options& o) {
  require(o.data.empty() != o.folders.truth.empty(), "give either --data DATASET, or --gt DIR with pictures of true mattes");
  const int given = !o.model.path.empty() + !o.baseline.empty() + !o.folders.predictions.empty();
  require(given == 1, "give one of --model, --baseline and --pred: what is to be judged");
  require(o.predictions_given.empty() || !o.folders.predictions.empty(), "--pred-given tells what made the mattes of --pred");
  for (const std::string& name : o.predictions_given)
    if (name != "frame" && name != "past") find_guide(name);
}

// `model`: where one is judged.
Judged open_judged(const Options& o, const Truth& truth, const GuidePlan& plan, OpenedModel model) {
  if (!o.model.path.empty()) return judged_model(std::move(model), given_names(o, plan));
  if (!o.baseline.empty()) return judged_baseline(o, truth);
  return judged_pictures(o, truth);
}

OpenedModel open_teacher(const Options& o) {
  ModelChoice choice;
  choice.path = o.teacher, choice.threads = o.threads;
  return open_model(choice);
}

GuideWishes wishes_of(const OpenedModel& opened) { return opened.predictor ? opened.predictor->wishes() : GuideWishes(); }

// "flip, trimap.from=face, known regions clamped": how a model was run, how what it was given was drawn, what was done after.
std::string with_drawn(const std::string& settings, const Options& o) {
  std::vector<std::string> all = o.given;
  if (!settings.empty()) all.insert(all.begin(), settings);
  if (o.clamp_known) all.push_back("known regions clamped");
  return fmt::format("{}", fmt::join(all, ", "));
}

WorkingSize parsed_size(const std::string& text) {
  WorkingSize size;
  int width = 0, height = 0, used = 0;
  if (text.empty()) return size;
  const auto whole = [&](int fields, int wanted) { return fields == wanted && used == static_cast<int>(text.size()); };
  if (whole(std::sscanf(text.c_str(), "%dx%d%n", &width, &height, &used), 2))
    size.width = width, size.height = height;
  else if (whole(std::sscanf(text.c_str(), "%d%n", &width, &used), 1))
    size.max_side = width;
  else
    fail("--size {}: no size (allowed: WIDTHxHEIGHT, or the longest side)", text);
  const int least = size.max_side > 0 ? size.max_side : std::min(size.width, size.height);
  const int most = std::max({size.max_side, size.width, size.height});
  require(least >= 16 && most <= 8192, "--size {}: out of range (allowed: sides from 16 to 8192)", text);
  return size;
}

std::vector<std::string> chosen_variants(const Options& o) {
  return o.variants == std::vector<std::string>{"all"} ? entry_names(variant_table()) : o.variants;
}

void warn_of(EvaluationResult& result, const Options& o, const Truth& truth) {
  result.warnings = format_warnings(truth.pictures);
  if (o.resize) result.warnings.emplace_back("predictions of another size than the true matte were scaled to it (--resize)");
  if (seems_inverted(result))
    result.warnings.emplace_back(
        "1 - alpha is nearer to the truth than alpha: is the model's polarity stated the wrong way round?");
  const auto empty = result.empty.find("unknown");
  if (empty != result.empty.end())
    result.warnings.push_back(fmt::format("{} of {} frames have no unknown pixel and count as perfect in the unknown region",
                                          empty->second, result.data.frames));
}

// --- what the user sees

std::string cell(const Scores& scores, const std::string& metric) {
  const auto found = scores.find(metric);
  return found == scores.end() ? "-" : fmt::format("{:.4f}", found->second);
}

// One clip tells nothing of the spread.
std::string bounds_text(const Interval& interval) {
  return bounded(interval) ? fmt::format("{:.4f} to {:.4f}", interval.low, interval.high) : "-";
}

void print_scores(const EvaluationResult& result) {
  std::vector<std::pair<std::string, Scores>> regions;
  for (const RegionInfo& region : result.regions)
    if (Scores scores = mean_scores(result, region.name); !scores.empty()) regions.emplace_back(region.name, std::move(scores));
  const auto width = [](const std::string& name) { return std::max(12, static_cast<int>(name.size()) + 2); };
  std::printf("%-22s", "");
  for (const auto& [name, scores] : regions) std::printf("%*s", width(name), name.c_str());
  std::printf("   95 %% interval, whole\n");
  for (const MetricInfo& metric : result.metrics) {
    if (!regions.front().second.count(metric.name)) continue;
    std::printf("%-22s", metric.title.c_str());
    for (const auto& [name, scores] : regions) std::printf("%*s", width(name), cell(scores, metric.name).c_str());
    const Interval interval = bootstrap_mean(clusters_of(result, "whole", metric.name));
    std::printf("   %s\n", bounds_text(interval).c_str());
  }
}

void print_uncertainty(const UncertaintyInfo& u) {
  const Calibration& c = u.calibration;
  std::printf("uncertainty against error: rank correlation %.3f, AUSE %.3f\n", u.spearman, u.sparsification.ause);
  std::printf(
      "|error| <= sigma for %.1f %% of pixels (Gaussian: %.1f), <= 2 sigma for %.1f %% (%.1f); calibration error %.4f, "
      "ENCE %.3f, NLL %.3f\n",
      100 * c.within_one, 100 * kWithinOne, 100 * c.within_two, 100 * kWithinTwo, c.error, c.relative_error, c.nll);
}

void print_summary(const EvaluationResult& result, const fs::path& out) {
  std::printf("%s: %lld frames of %lld samples, alpha 1 = visible face\n", printable(result.model.name).c_str(),
              static_cast<long long>(result.data.frames), static_cast<long long>(result.data.samples));
  if (!result.model.given.empty()) std::printf("given: %s\n", given_text(result.model).c_str());
  print_scores(result);
  std::printf("mIoU over all pixels of all frames: %.4f\n", mean_iou(pooled_confusion(result)));
  std::printf("best constant matte (%d of 255): SAD %.4f\n", result.constant.value, result.constant.sad);
  if (result.uncertainty) print_uncertainty(*result.uncertainty);
  if (const auto& s = result.speed)
    std::printf("%.1f ms a frame of %dx%d (median; 99 %%: %.1f), %d threads\n", s->p50_ms, s->width, s->height, s->p99_ms,
                s->threads);
  if (result.model.multiply_adds > 0)
    std::printf("%.3g million parameters, %.3g billion multiply-adds a frame\n",
                static_cast<double>(result.model.parameters) / 1e6, result.model.multiply_adds / 1e9);
  std::printf("%s\n", out.c_str());
}

void save(const Options& o, const EvaluationResult& result, std::optional<CasePictures>& pictures) {
  const std::string json = result_to_json(result);
  write_file(o.out, json);
  if (pictures) pictures->keep();
  for (const std::string& warning : result.warnings) warn(warning);
  if (o.json)
    std::fputs(json.c_str(), stdout);
  else
    print_summary(result, o.out);
}

bool truths_look_inverted(const ClipSource& clips) {
  constexpr int64_t kMost = 32;  // some of many tell what they all are
  const int64_t looked = std::min(clips.size, kMost);
  int64_t upright = 0, inverted = 0;
  for (int64_t i = 0; i < looked; ++i) {
    const Reading reading = reading_of(clips.clip(i * clips.size / looked).frame(0).alpha);
    upright += reading == Reading::kUpright, inverted += reading == Reading::kInverted;
  }
  return inverted > upright;
}

// One of the two sides is the wrong way round. Which one, the truth shows: faces lie in the middle of their pictures.
void refuse_inverted(const EvaluationResult& result, const Options& o, const Truth& truth) {
  if (!seems_inverted(result)) return;
  const auto other = [](const std::string& polarity) { return polarity == "occluder" ? "visible_face" : "occluder"; };
  require(
      !truths_look_inverted(truth.clips),
      "the true mattes look inverted: bright at the border and dark in the middle, and 1 - alpha is nearer to them than the "
      "predictions are (set --gt-polarity {})",
      other(o.truth_polarity));
  fail("the predictions are inverted: 1 - alpha is nearer to the truth than alpha (set --pred-polarity {})", other(o.polarity));
}

int judge(Options o) {
  require(!o.out.empty(), "--out RESULT.json is needed");
  o.model.threads = o.threads, o.model.working_size = parsed_size(o.size);
  check_asked(o);
  OpenedModel model = o.model.path.empty() ? OpenedModel() : open_model(o.model);
  const OpenedModel teacher = o.teacher.empty() ? OpenedModel() : open_teacher(o);
  const GuideWishes wishes = stronger(wishes_of(model), wishes_of(teacher));
  const GuidePlan plan = plan_for(o, wishes);
  const Truth truth = open_truth(o, plan, wishes);
  const Judged judged = open_judged(o, truth, plan, std::move(model));
  EvaluationOptions options;
  options.regions = o.regions, options.variants = chosen_variants(o), options.composite = !o.no_composite;
  options.cases = o.cases, options.workers = o.threads;
  std::optional<CasePictures> pictures;
  if (!o.no_pictures) options.pictures = &pictures.emplace(output_place(o.out));
  if (!o.folders.predictions.empty())
    options.check = [&](const EvaluationResult& result) { refuse_inverted(result, o, truth); };
  std::unique_ptr<PredictedMattes> teacher_source;
  if (teacher.predictor) {
    teacher_source = std::make_unique<PredictedMattes>(*teacher.predictor);
    options.teacher = teacher_source.get(), options.teacher_name = teacher.info.name;
  }
  const auto progress = make_progress("judging", "sample", o.quiet);
  ClampedMattes clamped(*judged.source);
  MatteSource& source = o.clamp_known ? clamped : *judged.source;
  EvaluationResult result = evaluate(source, truth.clips, options, *progress);
  result.model = judged.model.info, result.training = judged.model.training;
  result.model.settings = with_drawn(result.model.settings, o);
  if (!o.name.empty()) result.model.name = o.name;
  result.data.name = truth.info.name, result.data.split = truth.info.split, result.data.licence = truth.info.licence;
  result.environment = this_environment(o.threads, torch_version());  // before the model is opened again to be counted
  if (result.speed) {
    result.speed->threads = o.threads;
    count_cost(o.model, {result.speed->width, result.speed->height}, result.model);
  }
  warn_of(result, o, truth);
  save(o, result, pictures);
  return 0;
}

// --- options

void declare_judged(CLI::App& app, Options& o) {
  const HelpGroup group(app, "What is judged (one of --model, --baseline, --pred)");
  app.add_option("--model", o.model.path,
                 "run or checkpoint, exported model, or an alpha source (configs/sources): a foreign network, "
                 "depth, segmentation")
      ->type_name("RUN|FILE.onnx|SOURCE.yaml");
  app.add_option("--set", o.model.assignments, "change one setting of SOURCE.yaml, as network.model=FILE; may be repeated")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  app.add_flag("--untrained", o.model.untrained, "judge the run's network with fresh random weights instead of its own");
  app.add_option("--seed", o.model.seed, "seed of the weights of --untrained")->capture_default_str();
  std::string names;
  for (const BaselineEntry& b : baseline_table()) names += fmt::format("{}{}: {}", names.empty() ? "" : "; ", b.name, b.about);
  app.add_option("--baseline", o.baseline, "what is known without a network: " + names)->type_name("NAME");
  app.add_option("--pred", o.folders.predictions, "mattes made by any system, named as the true ones; subfolders are clips")
      ->type_name("DIR");
  app.add_option("--pred-polarity", o.polarity, "what 1 means in --pred")
      ->check(CLI::IsMember({"visible_face", "occluder"}))
      ->capture_default_str();
  app.add_option("--pred-given", o.predictions_given,
                 "what the system that made --pred was given, for tables: frame, past (frames before), trimap, ...")
      ->delimiter(',')
      ->allow_extra_args(false);
  app.add_option("--pred-suffix", o.folders.prediction_suffix, "what the names in --pred have after the true ones', as _pha");
  app.add_flag("--pred-zero-one", o.prediction_zero_one, "the mattes of --pred hold the values 0 and 1");
  app.add_option("--pred-as", o.pred_as,
                 "turn the pictures of --pred (depth or class maps, or trimaps) to mattes by this recipe")
      ->type_name("SOURCE.yaml");
  app.add_flag("--resize", o.resize, "scale mattes of --pred to the size of the true ones instead of refusing them");
}

void declare_truth(CLI::App& app, Options& o) {
  const HelpGroup group(app, "Against what (--data or --gt)");
  app.add_option("--data", o.data, "dataset made by 'facemat data build', or its settings, to make the samples on the fly")
      ->type_name("DIR|FILE.yaml");
  app.add_option("--split", o.split, "split of the dataset")->capture_default_str();
  app.add_option("--gt", o.folders.truth, "true mattes, 1 = visible face; subfolders are clips")->type_name("DIR");
  app.add_option("--images", o.folders.images, "the pictures they belong to: needed with --model")->type_name("DIR");
  app.add_option("--trimap", o.folders.guides.trimap, "trimaps (0, 128, 255), for the unknown region and models that need one")
      ->type_name("DIR");
  for (const GuideEntry& entry : guide_table())
    if (entry.kind != GuideKind::kTrimap)
      app.add_option(fmt::format("--{}", entry.name), entry.of(o.folders.guides),
                     fmt::format("for models that need a {}: {}", entry.name, entry.about))
          ->type_name("DIR");
  app.add_option("--trimap-values", o.trimap_values, "what background, unknown and face are in them, as 0,127,255")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(CLI::Range(0, 255));
  app.add_option("--mask", o.folders.masks, "masks of a region of your own (counted from 128 on)")->type_name("DIR");
  app.add_option("--flow", o.folders.flows, "motion of the true mattes to the next frame, Middlebury .flo, for MESSDdt")
      ->type_name("DIR");
  app.add_option("--gt-polarity", o.truth_polarity, "what 1 means in --gt")
      ->check(CLI::IsMember({"visible_face", "occluder"}))
      ->capture_default_str();
  app.add_option("--gt-suffix", o.folders.truth_suffix, "what the names in --gt have after those of the others, as _pha");
  app.add_flag("--gt-zero-one", o.truth_zero_one, "the true masks hold the values 0 and 1, as RealOcc's do");
  app.add_option("--gt-labels", o.truth_labels, "the true masks hold labels: the values that make the face, as 1,10,14")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(CLI::Range(0, 65535));
  app.add_option("--gt-ignore", o.truth_ignore,
                 "with --gt-labels: the value of pixels that nobody labelled, which are not trusted")
      ->check(CLI::Range(0, 65535));
  app.add_flag("--mask-zero-one", o.mask_zero_one, "the masks of --mask hold the values 0 and 1");
}

void declare_how(CLI::App& app, Options& o) {
  const HelpGroup group(app, "How");
  app.add_option("--regions", o.regions, "regions to judge (default: all that the data tells)")
      ->delimiter(',')
      ->allow_extra_args(false);
  app.add_option("--variants", o.variants, "extra columns as other evaluators define them: names, or 'all'")
      ->delimiter(',')
      ->allow_extra_args(false);
  app.add_option("--size", o.size, "size the model sees (default: the frame's own)")->type_name("WxH|SIDE");
  app.add_flag("--flip", o.model.augment.flip, "mean of the matte and that of the mirrored frame");
  app.add_option("--scales", o.model.augment.scales, "mean over frames scaled by these")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->capture_default_str();
  app.add_option("--refine", o.model.refine.radius,
                 "draw the matte to the edges of the frame: radius of a guided filter, pixels")
      ->check(CLI::Range(0, 1000));
  add_number(app, "--refine-eps", o.model.refine.eps, "its eps: variance of the colours (0..1) that counts as an edge", 1e-9,
             1.0);
  app.add_option(
         "--given", o.given,
         "how what a network is given beside the frames of a dataset is drawn, as trimap.from=face (guides: of a training's "
         "settings); may be repeated")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  app.add_option("--teacher", o.teacher, "keep a ledger against this teacher: errors of both by its uncertainty")
      ->type_name("RUN|FILE.onnx");
  app.add_flag("--clamp-known", o.clamp_known,
               "mattes are 0 and 1 where the trimap says so; by default they count as they are");
  app.add_flag("--no-composite", o.no_composite, "no PSNR and SSIM of composites");
  add_number(app, "--threads", o.threads, "CPU threads", 1, 1024);
}

void declare_output(CLI::App& app, Options& o) {
  const HelpGroup group(app, "Output");
  app.add_option("--out", o.out, "result to write; pictures of cases go to RESULT_cases beside it")->type_name("RESULT.json");
  app.add_option("--name", o.name, "name of the model in reports (default: the file's or folder's)");
  for (const auto& [flag, value, which] :
       {std::tuple("--worst", &o.cases.worst, "worst"), std::tuple("--median", &o.cases.median, "middle"),
        std::tuple("--best", &o.cases.best, "best")})
    add_number(app, flag, *value, fmt::format("how many of the {} samples to keep pictures of", which), 0, 200);
  app.add_flag("--no-pictures", o.no_pictures, "keep no pictures of cases");
  app.add_flag("--json", o.json, "print the result as JSON");
  app.add_flag("--quiet", o.quiet, "no progress");
}

constexpr const char* kExample =
    "Examples:\n"
    "  facemat eval --model runs/student --data DATA --out student.json         a run\n"
    "  facemat eval --model student.onnx --data DATA --out onnx.json            an exported model\n"
    "  facemat eval --model runs/student --teacher runs/teacher --data DATA --out s.json   "
    "with the ledger of the distillation\n"
    "  facemat eval --model configs/sources/depth_soft.yaml --set network.model=midas.onnx --data DATA --out depth.json\n"
    "  facemat eval --model configs/sources/closed_form.yaml --data DATA --out closed_form.json    over the dataset's trimaps\n"
    "  facemat eval --baseline hull --data DATA --out hull.json                 what a filter without matting gets\n"
    "  facemat eval --pred MATTES --gt TRUTH --trimap TRIMAPS --out other.json  any system's mattes\n"
    "  facemat eval --model fba.onnx --images IMAGES --trimap TRIMAPS --gt TRUTH --out fba.json\n"
    "  facemat eval --model student.onnx --images RealOcc/image --gt RealOcc/mask --gt-zero-one --out realocc.json\n"
    "  facemat report student.json onnx.json depth.json --out report.html       a page to look at";

}  // namespace

Run declare_judge(CLI::App& app) {
  const auto o = std::make_shared<Options>();
  declare_judged(app, *o);
  declare_truth(app, *o);
  declare_how(app, *o);
  declare_output(app, *o);
  app.footer(kExample);
  return [o] { return judge(*o); };
}

}  // namespace facemat
