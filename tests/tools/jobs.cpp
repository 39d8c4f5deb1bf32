#include "tests/tools/jobs.h"

#include <fmt/format.h>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>
#include <utility>

#include "src/core/error.h"
#include "src/core/file.h"
#include "src/core/text.h"
#include "src/image/codec.h"
#include "tests/data/annotate/stand_ins.h"
#include "tests/src/runtime/models.h"
#include "tests/support/command.h"

namespace facemat {
namespace {

const std::string kPrograms = FACEMAT_BIN_DIR "/", kSource = FACEMAT_SOURCE_DIR;

// A command line with `more` behind it.
std::vector<std::string> with(std::vector<std::string> words, const std::vector<std::string>& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

// What a job needs of another one.
void run_first(const std::string& command) {
  const Outcome outcome = run(kPrograms + command);
  require(outcome.code == 0, "{}: {}", command, outcome.text);
}

// --- datasets and sources

const std::string kSplits = "splits=[{name: train, stills: 3, clips: 1, frames: 2}, {name: valid, stills: 2}]";

void nothing(const fs::path&) {}

void dataset(const fs::path& in) {
  run_first("facemat-data build --quiet --jobs 2 --config " + kSource + "/configs/data/demo.yaml --set size=48 --set '" +
            kSplits + "' --out " + (in / "data").string());
}

void stickers(const fs::path& in) {
  for (int i = 0; i < 3; ++i) {
    cv::Mat sticker(30, 40, CV_8UC4, cv::Scalar(200, 40, 10 * i, 0));
    sticker(cv::Rect(10, 5, 20, 20)).setTo(cv::Scalar(200, 40, 10 * i, 255));
    write_image(in / fmt::format("stickers/{}.png", i), sticker);
  }
  write_file(in / "stickers/broken.png", "no picture");  // which --bad skip leaves out
}

cv::Mat oval_mask() {
  cv::Mat mask(400, 400, CV_8UC1, cv::Scalar(0));
  cv::ellipse(mask, kFaceCentre, kFaceAxes, 0, 0, 360, cv::Scalar(255), -1);
  return mask;
}

void masked_faces(const fs::path& in) {
  for (const char* name : {"a.png", "b.png"}) {
    write_picture(in / "images" / name, stand_in_picture());
    write_image(in / "masks" / name, oval_mask());
  }
}

void photographs(const fs::path& in) {
  write_stand_ins(in / "networks");
  for (int i = 0; i < 3; ++i) write_picture(in / fmt::format("photographs/{}.png", i), stand_in_picture(3 * i));
}

void labelled(const fs::path& in) {
  photographs(in);
  run_first("facemat-data label --quiet --jobs 1 " + (in / "photographs").string() + " --annotator " +
            (in / "networks/annotator.yaml").string() + " --licence CC0-1.0 --out " + (in / "before/labelled").string());
  write_file(in / "unwanted.txt", "2\n");
}

// --- results

// Two stills and a clip of two frames; mattes that miss a share of the face.
const std::vector<std::string> kFrames = {"a.png", "b.png", "clip/0000.png", "clip/0001.png"};

cv::Mat square(int value) {
  cv::Mat mask(32, 32, CV_8UC1, cv::Scalar(0));
  mask(cv::Rect(8, 8, 16, 16)).setTo(value);
  return mask;
}

void frames_to_judge(const fs::path& in) {
  for (const std::string& name : kFrames) {
    write_image(in / "image" / name, cv::Mat(32, 32, CV_8UC3, cv::Scalar(0, 0, 255)));
    write_image(in / "gt" / name, square(255));
    write_image(in / "pred" / name, square(200));
    write_image(in / "worse" / name, square(150));
    write_image(in / "trimap" / name, cv::Mat(32, 32, CV_8UC1, cv::Scalar(128)));
  }
}

void judge(const fs::path& in, const std::string& mattes, const fs::path& out, const std::string& name) {
  run_first(fmt::format("facemat-eval --quiet --threads 1 --pred {0}/{1} --gt {0}/gt --trimap {0}/trimap --name {2} --out {3}",
                        in.string(), mattes, name, out.string()));
}

// With an earlier result in the way.
void mattes_to_judge(const fs::path& in) {
  frames_to_judge(in);
  judge(in, "worse", in / "before/r.json", "worse");
}

void model_to_judge(const fs::path& in) {
  frames_to_judge(in);
  write_accumulator(in / "m.onnx");
}

void results(const fs::path& in) {
  frames_to_judge(in);
  judge(in, "pred", in / "a.json", "a-seed1");
  judge(in, "worse", in / "b.json", "b-seed1");
  write_file(in / "facts.yaml", "licence: CC0-1.0\nsummary: A test.\n");
}

// --- composites

cv::Mat grey(int value) { return cv::Mat(32, 48, CV_8UC3, cv::Scalar::all(value)); }

void clip(const fs::path& in) {
  write_accumulator(in / "m.onnx");
  write_image(in / "target.png", grey(51));
  write_image(in / "swap.png", grey(251));
  for (int i = 0; i < 5; ++i) write_image(in / fmt::format("clip/{}.png", i), grey(40 + 5 * i));
}

// Pictures that lie where the job writes.
void clip_over_others(const fs::path& in) {
  clip(in);
  for (const char* name : {"out.png", "alpha.png", "sheet.png"}) write_image(in / "before" / name, grey(1));
}

std::vector<std::string> composite(const std::string& target, const std::vector<std::string>& outputs) {
  return with({"facemat-composite", "--threads", "1", "--quiet", "--faces", "never", "--model", "{in}/m.onnx", "--target",
               "{in}/" + target, "--swap", "{in}/swap.png"},
              outputs);
}

// --- networks

#ifdef FACEMAT_LIBTORCH

// The demo's teacher with an eighth of its channels; its checkpoints, validations and lines come as often as can be.
std::vector<std::string> training() {
  std::vector<std::string> words = {"facemat-train",
                                    "--config",
                                    kSource + "/configs/train/demo_teacher.yaml",
                                    "--data",
                                    "{in}/data",
                                    "--out",
                                    "{work}/run",
                                    "--quiet",
                                    "--threads",
                                    "1",
                                    "--loader-threads",
                                    "1"};
  for (const char* setting : {"steps=3", "batch=2", "model.width=0.25", "log_every=1", "validate_every=2", "checkpoint_every=1",
                              "keep_checkpoints=1", "norm_batches=1", "precision=fp32", "pictures=1"}) {
    words.emplace_back("--set");
    words.emplace_back(setting);
  }
  return words;
}

void trained(const fs::path& in) {
  dataset(in);
  std::string command;
  for (const std::string& word : training()) command += (command.empty() ? "" : " ") + filled(word, in, in);
  run_first(command + " --stop-after 1");
  write_file(in / "quick.yaml", "frames: 2\ncases:\n  - {size: 64x48}\n");  // of the proof
}

std::vector<std::string> exported(const std::vector<std::string>& more) {
  return with({"facemat-export", "--quiet", "--model", "{in}/run", "--config", "{in}/quick.yaml", "--out", "{work}/model.onnx"},
              more);
}

#endif

std::vector<Job> made_table() {
  std::vector<Job> all;
  // Name, words, inputs, outputs; what is out of the ordinary is said of the job itself, before the next one is added.
  const auto add = [&](Job job) -> Job& { return all.emplace_back(std::move(job)); };

  Job& build = add({"data_build",
                    {"facemat-data", "build", "--quiet", "--jobs", "2", "--config", kSource + "/configs/data/demo.yaml",
                     "--set", "size=48", "--set", kSplits, "--out", "{work}/data"},
                    nothing,
                    {"data"}});
  build.resume = "--resume", build.kills = 3;
  add({"data_build_only",
       {"facemat-data", "build", "--only", "train/000003", "--from", "{in}/data", "--out", "{work}/one"},
       dataset,
       {"one"}});
  add({"data_preview",
       {"facemat-data", "preview", "{in}/data", "--samples", "2", "--out", "{work}/sheet.png"},
       dataset,
       {"sheet.png"}});
  add({"data_pack",
       {"facemat-data", "pack", "--quiet", "{in}/data", "--per-shard", "3", "--out", "{work}/packed"},
       dataset,
       {"packed"}})
      .kills = 3;
  add({"data_stats", {"facemat-data", "stats", "{in}/data"}, dataset, {}}).printed = "stats.txt";
  add({"data_import",
       {"facemat-data", "import", "--quiet", "--jobs", "2", "--bad", "skip", "--rgba", "{in}/stickers", "--licence", "CC0-1.0",
        "--class", "accessory", "--out", "{work}/source"},
       stickers,
       {"source"}});
  add({"data_import_faces",
       {"facemat-data", "import", "--quiet", "--jobs", "2", "--images", "{in}/images", "--masks", "{in}/masks", "--out",
        "{work}/source"},
       masked_faces,
       {"source"}});
  Job& label = add({"data_label",
                    {"facemat-data", "label", "--quiet", "--jobs", "2", "{in}/photographs", "--annotator",
                     "{in}/networks/annotator.yaml", "--licence", "CC0-1.0", "--out", "{work}/labelled"},
                    photographs,
                    {"labelled"}});
  label.resume = "--resume", label.kills = 2;
  add({"data_label_check",
       {"facemat-data", "label", "--quiet", "--jobs", "1", "--check", "{work}/labelled", "--rejects", "{in}/unwanted.txt"},
       labelled,
       {}})
      .kills = 2;

  add({"eval",
       {"facemat-eval", "--quiet", "--threads", "1", "--pred", "{in}/pred", "--gt", "{in}/gt", "--trimap", "{in}/trimap",
        "--out", "{work}/r.json"},
       mattes_to_judge,
       {"r.json"}});
  add({"eval_model",
       {"facemat-eval", "--quiet", "--threads", "1", "--model", "{in}/m.onnx", "--images", "{in}/image", "--gt", "{in}/gt",
        "--out", "{work}/r.json"},
       model_to_judge,
       {"r.json"}})
      .other_reason = "is there room in this folder";
  add({"report",
       {"facemat-eval", "report", "{in}/a.json", "{in}/b.json", "--tables", "{work}/tables", "--out", "{work}/page.html"},
       results,
       {"page.html"}});
  add({"compare",
       {"facemat-eval", "compare", "{in}/a.json", "{in}/b.json", "--subject", "a", "--out", "{work}/tables.md"},
       results,
       {"tables.md"}});
  add({"card",
       {"facemat-eval", "card", "{in}/a.json", "--facts", "{in}/facts.yaml", "--out", "{work}/CARD.md"},
       results,
       {"CARD.md", "CARD.json"}});

  add({"composite_picture",
       composite("target.png",
                 {"--out", "{work}/out.png", "--alpha-out", "{work}/alpha.png", "--side-by-side", "{work}/sheet.png"}),
       clip_over_others,
       {"out.png", "alpha.png", "sheet.png"}});
  add({"composite_folder", composite("clip", {"--out", "{work}/frames"}), clip, {"frames"}});
  add({"composite_film", composite("clip", {"--out", "{work}/film.mp4"}), clip, {"film.mp4"}});
  add({"composite_resume", composite("clip", {"--out", "{work}/frames", "--alpha-out", "{work}/mattes", "--resume"}), clip, {}})
      .kills = 3;

#ifdef FACEMAT_LIBTORCH
  Job& train = add({"train", training(), dataset, {}});
  train.growing = {"run"}, train.resume = "--resume", train.differs = "run/events.out.tfevents.";
  train.faults = 2, train.kills = 2;
  add({"train_weights",
       {"facemat-train", "weights", "--model", "{in}/run", "--half", "--out", "{work}/shared.safetensors"},
       trained,
       {"shared.safetensors"}})
      .faults = 1;
  add({"export", exported({}), trained, {"model.onnx"}}).faults = 1;
  add({"export_frozen", exported({"--target", "tensorrt", "--size", "64x48"}), trained, {"model.onnx"}}).faults = 1;
#endif
  Job& doctor = add({"doctor", {"facemat", "doctor"}, nothing, {}});
  doctor.printed = doctor.differs = "doctor.txt", doctor.faults = 1;  // it tells of the machine's load
  return all;
}

}  // namespace

const std::vector<Job>& jobs() {
  static const std::vector<Job> table = made_table();
  return table;
}

const Job& find_job(const std::string& name) { return find_entry(jobs(), name, "job"); }

std::string filled(std::string word, const fs::path& in, const fs::path& work) {
  const std::pair<std::string, std::string> marks[] = {{"{in}", in.string()}, {"{work}", work.string()}};
  for (const auto& [mark, folder] : marks)
    for (size_t at = 0; (at = word.find(mark, at)) != std::string::npos; at += folder.size())
      word.replace(at, mark.size(), folder);
  return word;
}

}  // namespace facemat
