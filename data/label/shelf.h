#pragma once
// A labelled source on disk: its files, its lists, what a person does not want of it, its sheets.

#include <filesystem>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "data/label/record.h"
#include "src/core/progress.h"

namespace facemat {

namespace fs = std::filesystem;

// Writes picture, mask and trust map of `face` under `name`; returns their hash. A kill may leave half of them (file.h).
std::string write_face(const fs::path& root, const std::string& folder, const std::string& name, const LabelledFace& face,
                       int jpeg_quality);

// The three files of a picture.
std::vector<fs::path> files_of(const fs::path& root, const std::string& folder, const std::string& name);

// Contact sheets of faces/ and natural/ in OUT/sheets: each picture with what is no face darkened and what is not believed in
// red, its name below. Old sheets go once the new ones are whole. `rows`: name and folder of each picture.
struct ShelfRow {
  std::string name, folder;
};
void write_sheets(const fs::path& root, const std::vector<ShelfRow>& rows, int workers, Progress& progress);

// The picture of a sheet. `image`: CV_8UC3; mask, trust: CV_8UC1.
cv::Mat marked(const cv::Mat& image, const cv::Mat& mask, const cv::Mat& trust);

// What a finished source holds after `rejects` (a file of names, one a line; empty: none) was obeyed: their files are gone,
// their rows moved to rejects.tsv with the reason "by eye"; then the sheets are made anew.
struct CheckReport {
  int64_t faces = 0, natural = 0, removed = 0;
  std::vector<std::string> unknown;  // names in `rejects` that are not there (any more)
};
// Throws Error naming a file that is missing, and a row of the manifest whose files are.
CheckReport check_labels(const fs::path& root, const fs::path& rejects, int workers, Progress& progress);

inline constexpr const char* kByEye = "by eye";

}  // namespace facemat
