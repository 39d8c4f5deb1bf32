#pragma once
// What labelling found, as lines: the journal's, the manifest's and the list of rejects.

#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "data/annotate/annotator.h"

namespace facemat {

// A picture that was written.
struct LabelRecord {
  std::string name, folder;  // folder: faces | natural
  std::string file;          // it comes from: the input below its folder, of a film its frame as "#000123" behind
  cv::Rect2d box;            // the face, in pixels of that
  cv::Rect crop;
  bool moved = false;
  int size = 0;  // its side, pixels
  double score = 0;
  bool grey = false;  // a photograph without colour
  FaceFacts facts;
  std::string content;  // hash of its picture, mask and trust
};

// A face, or a whole input, that was not.
struct LabelReject {
  std::string name, file, reason;
};

// What came of one input.
struct LabelOutcome {
  int64_t number = 0;     // of the input
  int64_t looked_at = 0;  // pictures: 1, or the frames of a film
  std::vector<LabelRecord> kept;
  std::vector<LabelReject> rejects;
};

// One line of JSON, and back. Throws Error prefixed by `where`.
std::string outcome_to_json(const LabelOutcome& outcome);
LabelOutcome outcome_from_json(const std::string& line, const std::string& where);

// Tab-separated, a line of names first. The manifest's columns are those of manifest_row().
std::string manifest_heading();
std::string manifest_row(const LabelRecord& record, const std::string& source, const std::string& licence);
std::string rejects_heading();
std::string rejects_row(const LabelReject& reject);

}  // namespace facemat
