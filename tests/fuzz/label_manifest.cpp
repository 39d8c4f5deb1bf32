// The lists of a labelled source, as `facemat data label --check` reads them. A list may name pictures outside of the source:
// none of them may be touched.

#include "data/label/shelf.h"
#include "src/core/error.h"
#include "src/core/file.h"
#include "src/image/codec.h"
#include "tests/fuzz/targets.h"
#include "tests/support/silence.h"

namespace facemat {
namespace {

std::string row(const std::string& name, const std::string& folder) {
  LabelRecord record;
  record.name = name, record.folder = folder, record.file = name + ".jpg", record.content = "00000000000000aa";
  return manifest_row(record, "source", "CC0-1.0");
}

std::vector<FuzzSeed> seeds() {
  const std::string kept = row("kept", "faces");
  return {{"both", manifest_heading() + row("unwanted", "natural") + kept},
          {"name_that_leads_out", manifest_heading() + row("../../../bystander/images/unwanted", "faces") + kept, true},
          {"name_cut_by_a_zero", manifest_heading() + row(std::string("kept.jpg\0", 9) + "/unwanted", "faces") + kept, true},
          {"folder_that_leads_out", manifest_heading() + row("unwanted", "../bystander") + kept, true},
          {"other_heading", "name\n" + kept, true},
          {"cut_row", manifest_heading() + kept.substr(0, 20), true}};
}

// Beside the source lies what is none of its business.
void read(const std::string& bytes) {
  const fs::path place = as_file("place", "").parent_path() / "labels";
  const fs::path root = place / "source", bystander = place / "bystander/images/unwanted.jpg";
  static const std::string picture = encode_image(".jpg", cv::Mat(8, 8, CV_8UC3, cv::Scalar::all(128))),
                           mask = encode_image(".png", cv::Mat(8, 8, CV_8UC1, cv::Scalar(255)));
  if (!fs::exists(bystander)) {
    write_plain(bystander, picture), write_plain(place / "unwanted.txt", "unwanted\n");
    for (const fs::path& file : files_of(root, "faces", "kept")) write_plain(file, file.extension() == ".jpg" ? picture : mask);
  }
  write_plain(root / "manifest.tsv", bytes), write_plain(root / "rejects.tsv", rejects_heading());
  Silence progress;
  try {
    check_labels(root, place / "unwanted.txt", 1, progress);
  } catch (const Error&) {
    if (!fs::exists(bystander)) throw std::logic_error("a file outside of the source is gone");
    throw;
  }
  if (!fs::exists(bystander)) throw std::logic_error("a file outside of the source is gone");
}

}  // namespace

FuzzTarget label_manifest_target() { return {"label_manifest", "data/label/shelf.h", 2048, seeds, read}; }

}  // namespace facemat
