#include "data/label/shelf.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <set>
#include <system_error>
#include <utility>

#include "data/sources/pictures/listing.h"
#include "src/core/error.h"
#include "src/core/file.h"
#include "src/core/hash.h"
#include "src/core/parallel.h"
#include "src/core/text.h"
#include "src/image/codec.h"
#include "src/image/sheet.h"
#include "src/image/transform.h"

namespace facemat {
namespace {

constexpr int kTile = 160, kColumns = 8, kTilesOfASheet = 48;
constexpr uint64_t kMostListBytes = uint64_t{1} << 30;

// A tab-separated list: its heading and its rows, without newline. Cells are many times as large as their text, so rows are
// taken apart when they are looked at.
struct Table {
  std::string heading;
  std::vector<std::string> lines;
};

std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> out;
  size_t begin = 0;
  for (size_t end; (end = text.find(at, begin)) != std::string::npos; begin = end + 1)
    out.push_back(text.substr(begin, end - begin));
  if (begin < text.size()) out.push_back(text.substr(begin));
  return out;
}

std::vector<std::string> cells_of(const std::string& line) { return split(line, '\t'); }

Table read_table(const fs::path& file, const std::string& heading) {
  std::vector<std::string> lines = split(read_file(file, kMostListBytes), '\n');
  require(!lines.empty() && lines[0] + "\n" == heading, "{}: no list of this kind (its first line is to be: {})", file.string(),
          heading.substr(0, heading.size() - 1));
  const size_t columns = cells_of(lines[0]).size();
  for (size_t i = 1; i < lines.size(); ++i) {
    const size_t cells = cells_of(lines[i]).size();
    require(cells == columns, "{}:{}: {} cells for {} columns", file.string(), i + 1, cells, columns);
  }
  Table out{lines[0], {}};
  lines.erase(lines.begin());
  out.lines = std::move(lines);
  return out;
}

void write_lines(const fs::path& file, const std::string& heading, const std::vector<std::string>& lines) {
  std::string text = heading + "\n";
  for (const std::string& line : lines) text += line + "\n";
  write_file(file, text);
}

size_t column(const std::string& heading, const std::string& name) {
  const std::vector<std::string> names = cells_of(heading);
  return std::find(names.begin(), names.end(), name) - names.begin();
}

cv::Mat read_levels(const fs::path& file) { return read_mask(file) > 0.5f; }

Tile tile_of(const fs::path& root, const ShelfRow& row) {
  const std::vector<fs::path> files = files_of(root, row.folder, row.name);
  const cv::Mat image = read_image(files[0]), mask = read_levels(files[1]), trust = read_levels(files[2]);
  require(mask.size() == image.size() && trust.size() == image.size(),
          "{}: the picture is {}x{}, its mask {}x{}, its trust map {}x{} (allowed: one size)", files[0].string(), image.cols,
          image.rows, mask.cols, mask.rows, trust.cols, trust.rows);
  constexpr size_t kFits = 22;  // letters below a tile
  const std::string caption = row.name.size() <= kFits ? row.name : ".." + row.name.substr(row.name.size() - kFits + 2);
  return {resize(marked(image, mask, trust), {kTile, kTile}), caption};
}

// Files of pictures that were rejected by eye and are not `listed` any more: a check that was killed may have left them.
std::vector<fs::path> left_by_eye(const Table& rejected, const std::set<std::string>& listed, const fs::path& root) {
  std::vector<fs::path> files;
  for (const std::string& line : rejected.lines) {
    const std::vector<std::string> cells = cells_of(line);
    const std::string& name = cells[0];
    if (cells.back() != kByEye || listed.count(name) > 0 || name.empty() || leads_out(name)) continue;
    for (const char* folder : {"faces", "natural"})
      for (const fs::path& file : files_of(root, folder, name)) files.push_back(file);
  }
  return files;
}

void remove_files(const std::vector<fs::path>& files) {
  for (const fs::path& file : files) {
    std::error_code error;
    fs::remove(file, error);
    require(!error, "{}: cannot be removed: {}", file.string(), error.message());
  }
}

// Names of rejects that `rows` do not hold.
std::vector<std::string> not_among(const std::set<std::string>& rejects, const std::vector<std::string>& names) {
  std::set<std::string> left = rejects;
  for (const std::string& name : names) left.erase(name), left.erase(fs::path(name).filename().string());
  return {left.begin(), left.end()};
}

}  // namespace

std::vector<fs::path> files_of(const fs::path& root, const std::string& folder, const std::string& name) {
  const fs::path place = root / folder;
  return {place / "images" / (name + ".jpg"), place / "masks" / (name + ".png"), place / "trust" / (name + ".png")};
}

std::string write_face(const fs::path& root, const std::string& folder, const std::string& name, const LabelledFace& face,
                       int jpeg_quality) {
  const std::vector<fs::path> files = files_of(root, folder, name);
  const std::string bytes[] = {encode_image(".jpg", face.image, jpeg_quality), encode_image(".png", face.mask),
                               encode_image(".png", face.trust)};
  uint64_t hash = kHashStart;
  for (size_t i = 0; i < files.size(); ++i) {
    write_plain(files[i], bytes[i]);
    hash = hash_bytes(bytes[i], hash);
  }
  return hash_text(hash);
}

cv::Mat marked(const cv::Mat& image, const cv::Mat& mask, const cv::Mat& trust) {
  constexpr int kShade = 3, kRed = 160;  // a third of the light where there is no face
  cv::Mat out = image.clone();
  for (int y = 0; y < out.rows; ++y)
    for (int x = 0; x < out.cols; ++x) {
      cv::Vec3b& pixel = out.at<cv::Vec3b>(y, x);
      if (mask.at<uint8_t>(y, x) == 0)
        pixel = {uint8_t(pixel[0] / kShade), uint8_t(pixel[1] / kShade), uint8_t(pixel[2] / kShade)};
      if (trust.at<uint8_t>(y, x) == 0)
        pixel = {uint8_t(pixel[0] / 2), uint8_t(pixel[1] / 2), uint8_t(std::min(255, pixel[2] / 2 + kRed))};
    }
  return out;
}

void write_sheets(const fs::path& root, const std::vector<ShelfRow>& rows, int workers, Progress& progress) {
  PendingFolder made(root / "sheets", PendingFolder::Existing::kReplaced);
  std::mutex mutex;
  int64_t done = 0;
  for (const char* folder : {"faces", "natural"}) {
    std::vector<ShelfRow> own;
    for (const ShelfRow& row : rows)
      if (row.folder == folder) own.push_back(row);
    const auto count = static_cast<int64_t>(own.size()), sheets = (count + kTilesOfASheet - 1) / kTilesOfASheet;
    parallel(sheets, workers, [&](int64_t sheet) {
      std::vector<Tile> tiles;
      for (int64_t i = kTilesOfASheet * sheet; i < std::min<int64_t>(count, kTilesOfASheet * (sheet + 1)); ++i)
        tiles.push_back(tile_of(root, own[i]));
      write_plain(made.path() / fmt::format("{}-{:04}.jpg", folder, sheet + 1),
                  encode_image(".jpg", contact_sheet(tiles, kColumns, kTile), 90));
      const std::lock_guard<std::mutex> lock(mutex);
      progress.update(done += static_cast<int64_t>(tiles.size()), static_cast<int64_t>(rows.size()), "sheets");
    });
  }
  made.commit();
}

CheckReport check_labels(const fs::path& root, const fs::path& rejects, int workers, Progress& progress) {
  const fs::path manifest = root / "manifest.tsv", left_out = root / "rejects.tsv";
  const Table rows = read_table(manifest, manifest_heading());
  Table rejected = read_table(left_out, rejects_heading());
  const std::set<std::string> unwanted = rejects.empty() ? std::set<std::string>{} : read_names(rejects);
  const size_t folder_at = column(rows.heading, "folder"), file_at = column(rows.heading, "file");
  const std::set<std::string> before(rejected.lines.begin(), rejected.lines.end());
  CheckReport report;
  std::vector<std::string> lines, names;
  std::vector<ShelfRow> kept;
  std::vector<fs::path> gone;
  for (size_t i = 0; i < rows.lines.size(); ++i) {
    const std::vector<std::string> cells = cells_of(rows.lines[i]);
    const std::string &name = cells[0], &folder = cells[folder_at];
    const std::string where = manifest.string() + ":" + std::to_string(i + 2);  // files of these names may be removed
    require(folder == "faces" || folder == "natural", "{}: folder '{}' (allowed: faces, natural)", where, folder);
    require(!name.empty() && !leads_out(name) && !has_control_characters(name), "{}: '{}' is no picture's name below {}", where,
            name, root.string());
    names.push_back(name);
    if (names_hold(unwanted, name)) {
      ++report.removed;
      const std::string row = name + "\t" + cells[file_at] + "\t" + kByEye;
      if (before.count(row) == 0) rejected.lines.push_back(row);  // else a check failed between the two lists
      for (const fs::path& file : files_of(root, folder, name)) gone.push_back(file);
      continue;
    }
    ++(folder == "natural" ? report.natural : report.faces);
    lines.push_back(rows.lines[i]);
    kept.push_back({name, folder});
  }
  require(!kept.empty(), "{}: no picture is left", root.string());
  const std::vector<fs::path> left = half_written_files(root);
  for (const fs::path& list : {left_out, manifest}) remove_half_written(left, list);  // by a check that was killed
  for (const fs::path& file : left_by_eye(rejected, {names.begin(), names.end()}, root)) gone.push_back(file);
  for (const std::string& line : rejected.lines) names.push_back(cells_of(line)[0]);
  report.unknown = not_among(unwanted, names);
  if (report.removed > 0) {  // the lists first: a kill leaves files that no list names, never rows without files
    write_lines(left_out, rejected.heading, rejected.lines);
    write_lines(manifest, rows.heading, lines);
  }
  remove_files(gone);
  write_sheets(root, kept, workers, progress);
  return report;
}

}  // namespace facemat
