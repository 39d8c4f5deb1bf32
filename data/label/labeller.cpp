#include "data/label/labeller.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <mutex>
#include <opencv2/core.hpp>
#include <set>

#include "data/annotate/annotator.h"
#include "data/annotate/spares.h"
#include "data/label/inputs.h"
#include "data/label/record.h"
#include "data/label/shelf.h"
#include "data/sources/pictures/listing.h"
#include "data/store/journal.h"
#include "src/core/error.h"
#include "src/core/file.h"
#include "src/core/hash.h"
#include "src/core/parallel.h"
#include "src/core/text.h"
#include "src/image/codec.h"
#include "src/media/streams/sources.h"

namespace facemat {
namespace {

using Annotators = Spares<Annotator>;

// What is labelled and how, as text: another text is another job.
std::string job_text(const LabelOptions& options, const std::vector<LabelInput>& inputs, const std::string& source) {
  uint64_t names = kHashStart;
  for (const LabelInput& input : inputs) names = hash_bytes(input.name + "\n" + input.file.string() + "\n", names);
  std::string out = fmt::format("# source: {}; licence: {}; films: every {} frames; {} inputs, {}\n", source, options.licence,
                                options.every, inputs.size(), hash_text(names));
  for (const fs::path& model : model_files_of(options.annotator))
    out += fmt::format("# {}: {}\n", model.filename().string(), hash_text(hash_bytes(read_file(model))));
  return out + config_to_yaml(options.annotator);
}

// The mean difference between its channels is below what JPEG makes of a grey photograph.
bool is_grey(const cv::Mat& image) {
  constexpr double kJpeg = 2;
  std::vector<cv::Mat> planes;
  cv::split(image, planes);
  const auto apart = [&](int a, int b) {
    return cv::norm(planes[a], planes[b], cv::NORM_L1) / static_cast<double>(image.total());
  };
  return apart(0, 1) < kJpeg && apart(1, 2) < kJpeg;
}

// `text` without what would end a cell of a list, or is no text.
std::string one_cell(std::string text) {
  const bool readable = is_utf8(text);
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < ' ') c = ' ';
    if (!readable && static_cast<unsigned char>(c) >= 0x80) c = '?';
  }
  return text;
}

// One input, start to end.
class Work {
 public:
  Work(const LabelOptions& options, const LabelInput& input, const fs::path& root, Annotator& annotator)
      : options_(options), input_(input), root_(root), annotator_(annotator) {}

  LabelOutcome run() {
    if (!input_.fault.empty()) {
      reject(input_.name, input_.shown, input_.fault);
    } else if (input_.film) {
      label_film();
    } else {
      label_photograph();
    }
    return std::move(outcome_);
  }

 private:
  // What goes wrong with an input is its own affair; what goes wrong with the disk is not.
  template <typename Read>
  void label_picture(const std::string& name, const std::string& file, const Read& read) {
    ++outcome_.looked_at;
    std::vector<LabelledFace> faces;
    try {
      faces = annotator_.label(read());
    } catch (const std::exception& error) {
      reject(name, file, error.what());
      return;
    }
    for (size_t i = 0; i < faces.size(); ++i) keep(i == 0 ? name : fmt::format("{}@{}", name, i + 1), file, faces[i]);
  }

  void label_photograph() {
    const std::string& file = input_.shown;
    label_picture(input_.name, file, [&] { return decode_image(read_file(input_.file, kMostImageBytes), file); });
  }

  void label_film() {
    const std::string& file = input_.shown;
    try {
      SourceOptions reading;
      reading.read.threads = 1;
      const auto film = open_source(input_.file.string(), reading);
      for (int64_t number = 0;; ++number) {
        if (number % options_.every != 0) {
          if (!film->skip()) return;
          continue;
        }
        const auto frame = film->next();
        if (!frame) return;
        label_picture(fmt::format("{}@{:06}", input_.name, number), fmt::format("{}#{:06}", file, number),
                      [&] { return frame->image; });
      }
    } catch (const WriteError&) {
      throw;
    } catch (const Error& error) {  // a film that breaks off keeps the frames before that
      reject(input_.name, file, error.what());
    }
  }

  void keep(const std::string& name, const std::string& file, const LabelledFace& face) {
    if (!face.reject.empty()) {
      reject(name, file, face.reject);
      return;
    }
    LabelRecord record;
    record.name = name, record.folder = face.natural ? "natural" : "faces", record.file = file;
    record.box = face.box, record.crop = face.crop, record.moved = face.moved, record.size = face.image.cols;
    record.score = face.score, record.grey = is_grey(face.image), record.facts = face.facts;
    try {
      record.content = write_face(root_, record.folder, name, face, options_.annotator.jpeg_quality);
    } catch (const Error& error) {
      throw WriteError(error.what());
    }
    outcome_.kept.push_back(record);
  }

  void reject(const std::string& name, const std::string& file, const std::string& reason) {
    outcome_.rejects.push_back({one_cell(name), one_cell(file), one_cell(reason)});
  }

  struct WriteError : Error {
    using Error::Error;
  };

  const LabelOptions& options_;
  const LabelInput& input_;
  fs::path root_;
  Annotator& annotator_;
  LabelOutcome outcome_;
};

// A reason without its numbers, to be counted.
std::string kind_of_reason(const std::string& reason) {
  std::string out;
  for (const char c : reason) {
    const bool digit = c >= '0' && c <= '9';
    if (!digit) out += c;
    if (digit && (out.empty() || out.back() != 'N')) out += 'N';
  }
  return out;
}

std::vector<std::pair<std::string, int64_t>> counted(const std::vector<LabelReject>& rejects) {
  std::map<std::string, int64_t> counts;
  for (const LabelReject& reject : rejects) ++counts[kind_of_reason(reject.reason)];
  std::vector<std::pair<std::string, int64_t>> out(counts.begin(), counts.end());
  std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  return out;
}

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

constexpr int64_t kSplits = 3;

// How much a dataset is to have of `faces` faces in `pictures` photographs and films: each is seen ten times in stills and
// twice in clips.
std::string splits_text(int64_t faces, int64_t pictures) {
  std::string text = fmt::format("splits:\n  - {{name: train, {}stills: {}, clips: {}, frames: 8, occluded: 0.85}}\n",
                                 pictures < kSplits ? "" : "share: 80, ", 10 * faces, 2 * faces);
  if (pictures < kSplits) return text;  // too few to validate and test on others
  for (const char* split : {"valid", "test"})
    text += fmt::format("  - {{name: {}, share: 10, stills: {}, clips: {}, frames: 8, occluded: 0.9}}\n", split,
                        std::max<int64_t>(8, faces / 5), std::max<int64_t>(2, faces / 50));
  return text;
}

// The settings of a dataset over the faces that nothing covers, which `pictures` inputs showed.
std::string source_text(const LabelOptions& options, const fs::path& out, const std::string& source, const LabelReport& report,
                        int64_t pictures) {
  if (report.faces == 0) return "# Something covers every face: for a source of kind unlabelled over natural/images.\n";
  const fs::path folder = fs::absolute(out).lexically_normal() / "faces";
  return fmt::format(
             "# A dataset over the faces that nothing covers; those that something covers lie in natural/ beside them. Ready "
             "for\n"
             "# 'facemat data build --config'; occluders of your own make it better.\n"
             "size: 512\n"
             "bad_source: replace\n"
             "shadow: {{probability: 0.3}}\n"
             "placed_face: {{probability: 1, degrees: 12, shift: 0.08, least_scale: 0.8, most_scale: 1.4, shear: 3}}\n"
             "outside: replicated\n"
             "faces:\n  - kind: folder\n    name: {}\n    images: {}\n    masks: {}\n    trust: {}\n"
             "    polarity: visible_face\n    licence: {}\n"
             "occluders:\n  - {{kind: procedural, name: drawn things, licence: generated}}\n",
             quoted(source), quoted((folder / "images").string()), quoted((folder / "masks").string()),
             quoted((folder / "trust").string()), quoted(options.licence)) +
         splits_text(report.faces, pictures);
}

// OUT.partial.
class Workplace {
 public:
  Workplace(const fs::path& out, const std::string& job, bool resume)
      : out_(output_place(out)), path_(beside(out_, ".partial")) {
    require(!fs::exists(out_), "{}: exists already (remove it or choose another name)", out_.string());
    const bool begun = fs::exists(job_file());
    require(!begun || resume, "{}: unfinished; go on with --resume, or remove it", path_.string());
    if (begun)
      require(read_file(job_file()) == job, "{}: was begun with other inputs or settings", path_.string());
    else
      begin_job(job_file(), job);
  }
  const fs::path& path() const { return path_; }
  fs::path job_file() const { return path_ / "annotator.yaml"; }
  fs::path journal() const { return path_ / "journal.jsonl"; }

  void remove_all() const {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }

  // Without `unwanted` files. The journal, which names them, is emptied before they go: who goes on labels anew, rather than
  // miss them. It is locked, so itself it goes last.
  void finish(const std::vector<fs::path>& unwanted) const {
    sync_filesystem(path_);
    fs::resize_file(journal(), 0);
    for (const fs::path& file : unwanted) fs::remove(file);
    remove_half_written(path_);
    fs::remove(journal());
    give_name(path_, out_);
  }

 private:
  fs::path out_, path_;
};

// All outcomes, in the order of the inputs.
std::vector<LabelOutcome> label_all(const LabelOptions& options, const std::vector<LabelInput>& inputs, const Workplace& place,
                                    Journal& journal, Annotators& annotators, Progress& progress) {
  std::vector<LabelOutcome> outcomes(inputs.size());
  std::vector<bool> done(inputs.size(), false);
  for (const std::string& line : journal.found()) {
    LabelOutcome outcome = outcome_from_json(line, place.journal().string());
    const auto number = static_cast<size_t>(outcome.number);
    require(number < inputs.size(), "{}: a line of another job", place.journal().string());
    outcomes[number] = std::move(outcome);
    done[number] = true;
  }
  std::vector<size_t> missing;
  for (size_t i = 0; i < inputs.size(); ++i)
    if (!done[i]) missing.push_back(i);
  std::mutex mutex;
  auto finished = static_cast<int64_t>(inputs.size() - missing.size());
  parallel(static_cast<int64_t>(missing.size()), options.workers, [&](int64_t i) {
    const size_t number = missing[i];
    LabelOutcome outcome =
        annotators.with([&](Annotator& annotator) { return Work(options, inputs[number], place.path(), annotator).run(); });
    outcome.number = static_cast<int64_t>(number);
    const std::string line = outcome_to_json(outcome);
    const std::lock_guard<std::mutex> lock(mutex);
    journal.append(line);
    outcomes[number] = std::move(outcome);
    progress.update(++finished, static_cast<int64_t>(inputs.size()));
  });
  return outcomes;
}

bool lies_in(const fs::path& path, const fs::path& folder) {
  if (!fs::is_directory(folder)) return false;
  const fs::path way = fs::weakly_canonical(fs::absolute(path)).lexically_relative(fs::canonical(folder));
  return !way.empty() && *way.begin() != "..";
}

// Pictures that a person does not want go to the rejects. Returns their files, which are to go.
std::vector<fs::path> obey(const fs::path& list, const fs::path& root, std::vector<LabelOutcome>& outcomes) {
  std::vector<fs::path> gone;
  if (list.empty()) return gone;
  const std::set<std::string> unwanted = read_names(list);
  for (LabelOutcome& outcome : outcomes) {
    std::vector<LabelRecord> kept;
    for (const LabelRecord& record : outcome.kept) {
      if (!names_hold(unwanted, record.name)) {
        kept.push_back(record);
        continue;
      }
      outcome.rejects.push_back({record.name, record.file, kByEye});
      for (const fs::path& file : files_of(root, record.folder, record.name)) gone.push_back(file);
    }
    outcome.kept = kept;
  }
  return gone;
}

}  // namespace

LabelReport label_pictures(const LabelOptions& options, const fs::path& out, Progress& progress) {
  require(options.licence.find_first_not_of(' ') != std::string::npos,
          "under which licence may the pictures be learned from? say so as their origin states it: --licence \"CC BY 4.0\" "
          "(models name the licences of what they learned from)");
  require(options.licence.find_first_of("\t\n\r") == std::string::npos, "licence '{}': a tab or a line's end", options.licence);
  check(options.annotator);
  cv::setNumThreads(1);  // pictures are the unit of parallel work
  const std::string source =
      options.source.empty() ? output_place(fs::absolute(out).lexically_normal()).filename().string() : options.source;
  require(source.find_first_of("\t\n\r") == std::string::npos, "source '{}': a tab or a line's end", source);
  const std::vector<LabelInput> inputs = label_inputs(options.inputs);
  require(!inputs.empty(), "nothing to label is named (photographs, films, folders of them)");
  for (const fs::path& folder : options.inputs)
    require(!lies_in(out, folder), "{}: lies in {}, whose pictures are labelled (choose a place outside of it)", out.string(),
            folder.string());
  if (!options.rejects.empty()) read_names(options.rejects);  // is it there
  Annotators annotators([&] { return std::make_unique<Annotator>(options.annotator); });
  const Workplace place(out, job_text(options, inputs, source), options.resume);
  Journal journal(place.journal());  // to the end: nobody else goes on with what is being finished
  std::vector<LabelOutcome> outcomes = label_all(options, inputs, place, journal, annotators, progress);
  const std::vector<fs::path> unwanted = obey(options.rejects, place.path(), outcomes);

  LabelReport report;
  std::string manifest = manifest_heading(), left_out = rejects_heading();
  std::vector<ShelfRow> rows;
  std::vector<LabelReject> rejects;
  int64_t pictures = 0;  // with a face that nothing covers
  for (const LabelOutcome& outcome : outcomes) {
    report.looked_at += outcome.looked_at;
    pictures += std::any_of(outcome.kept.begin(), outcome.kept.end(), [](const LabelRecord& r) { return r.folder == "faces"; });
    for (const LabelRecord& record : outcome.kept) {
      ++(record.folder == "natural" ? report.natural : report.faces);
      manifest += manifest_row(record, source, options.licence);
      rows.push_back({record.name, record.folder});
    }
    for (const LabelReject& reject : outcome.rejects) {
      left_out += rejects_row(reject);
      rejects.push_back(reject);
    }
  }
  report.rejects = static_cast<int64_t>(rejects.size()), report.reasons = counted(rejects);
  if (rows.empty()) place.remove_all();
  require(!rows.empty(), "nothing could be labelled; of {} rejects the first: {}: {}", rejects.size(),
          rejects.empty() ? "" : rejects[0].name, rejects.empty() ? "" : rejects[0].reason);
  write_sheets(place.path(), rows, options.workers, progress);
  write_file(place.path() / "rejects.tsv", left_out);
  write_file(place.path() / "source.yaml", source_text(options, out, source, report, pictures));
  write_file(place.path() / "manifest.tsv", manifest);
  place.finish(unwanted);
  return report;
}

}  // namespace facemat
