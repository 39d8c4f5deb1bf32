#include "tools/composite/options.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "src/core/error.h"
#include "src/core/file.h"
#include "src/media/streams/sinks.h"
#include "src/media/streams/sources.h"
#include "src/media/video/video_formats.h"
#include "src/runtime/compose/effects.h"
#include "tools/composite/outputs.h"

namespace facemat {
namespace {

constexpr const char* kExamples =
    "Examples:\n"
    "  facemat composite --model model.onnx --target film.mp4 --swap swapped.mp4 --out result.mp4\n"
    "  facemat composite --model model.onnx --target face.png --effect paint --out result.png --side-by-side sheet.png\n"
    "  facemat composite --model model.onnx --target film.mp4 --alpha-out mattes.mkv --rgba-out layer.mov\n"
    "  facemat composite --source configs/sources/closed_form.yaml --trimap trimap.png --target a.png --alpha-out matte.png\n"
    "  facemat composite --model bgmv2.onnx --background empty.png --target film.mp4 --swap swapped.mp4 --out result.mp4\n"
    "  facemat composite --alpha mattes/ --target 'shots/shot_%04d.png' --swap swapped/ --out result --resume\n"
    "  facemat composite --model model.onnx --target camera:0 --camera 640x480@30 --out talk.mp4      (Ctrl-C ends it)\n"
    "  ffmpeg -i film.mp4 -f yuv4mpegpipe - | facemat composite --model model.onnx --target - --raw y4m --out - | ...";

std::string kinds_text() {
  std::string text;
  for (const SourceKind& kind : source_kinds()) text += (text.empty() ? "" : "; ") + kind.help;
  return text;
}

std::string formats_text() {
  std::string text;
  for (const VideoFormat& format : video_formats()) {
    text += "\n  " + format.name + " (";
    for (const std::string& extension : format.extensions) text += (text.back() == '(' ? "" : " ") + extension;
    text += "): " + format.help;
  }
  return text;
}

std::string detectors_text() {
  std::string text;
  for (const FaceDetectorKind& kind : face_detectors()) text += (text.empty() ? "" : ", ") + kind.name;
  return text;
}

void set_faces(const std::string& text, FacesConfig& faces) {
  if (text == "never") {
    faces.use = "never";
    return;
  }
  const DetectorConfig asked = detector_of(text);
  faces.use = "always";
  faces.find.detector.kind = asked.kind;
  faces.find.detector.file = asked.file;
}

bool same_place(const std::string& a, const std::string& b) {
  std::error_code ignored;
  return !a.empty() && !b.empty() &&
         fs::weakly_canonical(output_place(a), ignored) == fs::weakly_canonical(output_place(b), ignored);
}

void check_places(const CompositeCommand& c) {
  std::vector<std::string> outputs = {c.sheet.string()};
  for (const auto& [name, where] : c.outputs) outputs.push_back(where);
  std::vector<std::string> inputs = {c.model.string(), c.source.string(), c.alpha, c.target, c.swap, c.region.string()};
  for (const GuideEntry& guide : guide_table()) inputs.push_back(guide.of(c.guides));
  for (size_t i = 0; i < outputs.size(); ++i) {
    if (outputs[i] != "-")
      for (const std::string& input : inputs)
        require(!same_place(outputs[i], input), "{}: would overwrite an input", outputs[i]);
    for (size_t j = 0; j < i; ++j)
      require(!same_place(outputs[i], outputs[j]), "{}: two outputs cannot share one place", outputs[i]);
  }
}

// A matrix by name, as H.273 numbers it.
int matrix_of(const std::string& name) {
  constexpr int kUnspecified = 2, kBt709 = 1, kBt601 = 6, kBt2020 = 9;
  return name == "bt709" ? kBt709 : name == "bt601" ? kBt601 : name == "bt2020" ? kBt2020 : kUnspecified;
}

// What a guide's pictures look like, where its description does not say.
std::string form_of(const GuideEntry& guide) {
  if (guide.kind == GuideKind::kTrimap) return "; 0 (black) background, 128 unknown, 255 (white) face";
  const bool hint = std::string_view(guide.name) == "hint";
  return hint ? "; of a film one picture for the first frame, or pictures for some, carried on between" : "";
}

void declare_matte(CLI::App& app, CompositeCommand& c) {
  const HelpGroup group(app, "Matte");
  app.add_option("--model", c.model, "exported model ('facemat export')")->type_name("FILE.onnx");
  app.add_option("--source", c.source, "another source of mattes (configs/sources)")->type_name("FILE.yaml");
  app.add_option("--alpha", c.alpha, "mattes that exist: grey pictures, or the alpha channel of RGBA, ProRes or VP9")
      ->type_name("PATH");
  for (const GuideEntry& guide : guide_table())
    app.add_option(std::string("--") + guide.name, guide.of(c.guides),
                   fmt::format("for a model or source that looks at one: {}{}", guide.about, form_of(guide)))
        ->type_name("PATH");
  app.add_option("--trimap-values", c.trimap_values,
                 "what background, unknown and face are in the trimap, as 0,102,255; in JPEG and films values near them count")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(CLI::Range(0, 255));
  app.add_option("--faces", c.faces,
                 "how faces are found: " + detectors_text() + "; with a file: yunet:yunet.onnx, boxes:boxes.csv; or never")
      ->type_name("KIND[:FILE]");
}

void declare_inputs(CLI::App& app, CompositeCommand& c) {
  const HelpGroup group(app, "Inputs");
  app.add_option("--target", c.target, "what has the face")->type_name("PATH");
  app.add_option("--swap", c.swap, "the same with the face swapped or filtered; one image serves every frame")
      ->type_name("PATH");
  app.add_option("--effect", c.effect, "a filter instead of a swap (sets 'effect')")->type_name("NAME");
  app.add_option("--region", c.region, "grey image of the frames' size: the swap shows where it is white")->type_name("FILE");
  app.add_option("--raw", c.raw, "what comes on a pipe (--target -): bgr24:640x480@25, or y4m")->type_name("FORM");
  app.add_option("--camera", c.camera, "size and rate of a camera: 1280x720@30")->type_name("WxH@RATE");
  app.add_option("--frames", c.frames, "stop after so many")->check(CLI::Range(int64_t{1}, int64_t{1} << 40));
}

void declare_outputs(CLI::App& app, CompositeCommand& c) {
  const HelpGroup group(app, "Outputs");
  for (const OutputKind& kind : output_kinds())
    app.add_option("--" + kind.name, c.outputs[kind.name], kind.help)->type_name("PATH");
  app.add_option("--side-by-side", c.sheet, "also a sheet: target, matte, swap, result")->type_name("FILE");
  app.add_flag("--mute", c.mute, "leave out the target's sound");
  app.add_flag("--resume", c.resume, "keep the frames that a folder has already");
}

}  // namespace

void declare(CLI::App& app, CompositeCommand& c) {
  add_config_options(app, c.config);
  declare_matte(app, c);
  declare_inputs(app, c);
  declare_outputs(app, c);
  app.add_flag("--stills", c.stills, "a folder holds independent pictures (sets 'stills')");
  add_number(app, "--threads", c.threads, "CPU threads", 1, 1024);
  app.add_flag("--quiet", c.quiet, "no progress");
  app.add_flag("--json", c.json, "print the outcome as JSON");
  app.footer("Target, swap, alpha and what a model is given are, by what they are: " + kinds_text() +
             ".\nOutputs are an image for an image, a new folder, a video, or - for a pipe. Videos:" + formats_text() + "\n" +
             kExamples);
}

CompositeConfig settings_of(const CompositeCommand& c) {
  CompositeConfig config = load_config<CompositeConfig>(c.config.file, c.config.assignments);
  if (!c.effect.empty()) config.effect = c.effect;
  if (!c.faces.empty()) set_faces(c.faces, config.faces);
  config.stills = config.stills || c.stills;
  return config;
}

SourceOptions reading_of(const CompositeCommand& c, const CompositeConfig& config) {
  SourceOptions options;
  options.read.bits = config.bits;
  options.read.threads = c.threads;
  options.read.matrix = matrix_of(config.matrix);
  options.read.deinterlace = config.deinterlace;
  options.rate = config.rate;
  options.raw = c.raw;
  options.camera = c.camera;
  return options;
}

void check(const CompositeCommand& c, const CompositeConfig& config) {
  const int mattes = !c.model.empty() + !c.source.empty() + !c.alpha.empty();
  require(mattes > 0, "--model FILE.onnx is needed (made by 'facemat export'), or --source FILE.yaml, or --alpha PATH");
  require(mattes == 1, "give one of --model, --source and --alpha");
  for (const GuideEntry& guide : guide_table())
    require(guide.of(c.guides).empty() || c.alpha.empty(), "--{} is for a --model or a --source, not for mattes that exist",
            guide.name);
  require(c.trimap_values.empty() || !c.guides.trimap.empty(), "--trimap-values is for a --trimap PATH");
  require(!c.target.empty(), "--target PATH is needed ({})", kinds_text());
  const bool any = std::any_of(c.outputs.begin(), c.outputs.end(), [](const auto& o) { return !o.second.empty(); });
  require(any, "--out PATH is needed, or --alpha-out, --green-out or --rgba-out");
  require(c.swap.empty() || config.effect.empty(), "give either --swap PATH or --effect NAME, not both");
  require(config.bits == 8 || config.bits == 16, "bits: {} (allowed: 8, 16)", config.bits);
  if (!config.effect.empty()) find_effect(config.effect);
  check(config.faces.find);
  screen_colour(config.green);
  check_places(c);
}

bool needs_swap(const CompositeCommand& c, const CompositeConfig& config) {
  for (const OutputKind& kind : output_kinds())
    if (!c.outputs.at(kind.name).empty() && kind.shows_swap(config)) return true;
  return !c.sheet.empty();
}

}  // namespace facemat
