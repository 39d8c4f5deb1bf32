// Lines of the journal of labelling.

#include "data/label/record.h"
#include "tests/fuzz/json_tricks.h"
#include "tests/fuzz/targets.h"

namespace facemat {
namespace {

std::vector<FuzzSeed> seeds() {
  LabelRecord record;
  record.name = "anna", record.folder = "faces", record.file = "anna.jpg", record.size = 512;
  record.box = {10.5, 20, 100, 120}, record.crop = {0, 0, 200, 200};
  std::vector<FuzzSeed> out = {{"whole", outcome_to_json({3, 1, {record}, {{"bo", "bo.jpg", "no face"}}})}};
  add_json_tricks(out, "number");
  return out;
}

void read(const std::string& bytes) {
  const LabelOutcome outcome = outcome_from_json(bytes, "journal:1");
  for (const LabelRecord& record : outcome.kept) manifest_row(record, "source", "licence");
}

}  // namespace

FuzzTarget label_journal_target() { return {"label_journal", "data/label/record.h", 4096, seeds, read}; }

}  // namespace facemat
