#include "src/runtime/faces/cascade.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <opencv2/objdetect.hpp>

#include "src/core/error.h"
#include "src/core/file.h"

namespace facemat {
namespace {

constexpr const char* kFile = "haarcascade_frontalface_alt2.xml";
constexpr uint64_t kMostCascadeBytes = uint64_t{32} << 20;
constexpr double kStep = 1.1;      // from one size that is looked for to the next
constexpr int kSurer = 3;          // times as many finds must agree on a leaning head: two more copies give more false ones
constexpr double kEvenScore = 10;  // finds that make a score of one half
constexpr double kCloseUp = 0.3;   // of the shorter side laid round a picture in which nothing was found: its face may fill it
// The cascade answers with a square. In the 17 test photographs it finds upright, hair line to chin is 1.13 of its side and the
// face 0.81 wide, the centres agree to 0.02 (means against the masks); tests/src/runtime/faces/real_test.cpp holds
// what follows for crops and regions.
constexpr double kHeight = 1.13, kWidth = 0.81;

// A picture turned counter-clockwise about its middle on a canvas that holds all of it, so that heads that lean clockwise by
// `degrees` stand upright.
struct Turned {
  cv::Mat image;
  cv::Matx23d back;  // to pixel indices of the picture
};
Turned turned(const cv::Mat& image, double degrees) {
  if (degrees == 0) return {image, {1, 0, 0, 0, 1, 0}};
  const double angle = degrees * CV_PI / 180, cosine = std::cos(angle), sine = std::abs(std::sin(angle));
  const cv::Size canvas(cvCeil(image.cols * cosine + image.rows * sine), cvCeil(image.cols * sine + image.rows * cosine));
  cv::Mat matrix = cv::getRotationMatrix2D({(image.cols - 1) / 2.f, (image.rows - 1) / 2.f}, degrees, 1);
  matrix.at<double>(0, 2) += (canvas.width - image.cols) / 2.0;
  matrix.at<double>(1, 2) += (canvas.height - image.rows) / 2.0;
  Turned out;
  cv::warpAffine(image, out.image, matrix, canvas, cv::INTER_LINEAR, cv::BORDER_REPLICATE);
  cv::invertAffineTransform(cv::Matx23d(matrix), out.back);
  return out;
}

class CascadeDetector : public FaceDetector {
 public:
  explicit CascadeDetector(const DetectorConfig& config) : config_(config) {
    const std::string file = find_cascade(config).string();
    const std::string text = read_file(file, kMostCascadeBytes);
    bool loaded = false;
    try {
      cv::FileStorage storage(text, cv::FileStorage::READ | cv::FileStorage::MEMORY | cv::FileStorage::FORMAT_XML);
      loaded = storage.isOpened() && cascade_.read(storage.getFirstTopLevelNode());
    } catch (const cv::Exception&) {
    }
    require(loaded && !cascade_.empty(), "{}: no cascade OpenCV can read", file);
  }

  std::vector<Face> detect(const cv::Mat& frame, int64_t) override {
    const cv::Mat small = reduced(frame, config_.max_side);
    cv::Mat grey;
    cv::cvtColor(small, grey, cv::COLOR_BGR2GRAY);
    std::vector<Face> faces = search(grey, config_.margin * std::max(grey.cols, grey.rows));
    if (faces.empty()) faces = search(grey, kCloseUp * std::min(grey.cols, grey.rows));
    for (Face& face : faces) face = grown(face, 1.0 * frame.cols / small.cols);
    return best_of(std::move(faces), config_.overlap, config_.most);
  }

 private:
  // Upright heads, and leaning ones as far as the settings ask, with so many pixels laid round the picture: the cascade finds
  // what lies whole within it alone.
  std::vector<Face> search(const cv::Mat& grey, double border) {
    const int pixels = cvRound(border), least = std::max(1, cvRound(config_.least * std::min(grey.cols, grey.rows) / kHeight));
    cv::Mat around = grey;
    if (pixels > 0) cv::copyMakeBorder(grey, around, pixels, pixels, pixels, pixels, cv::BORDER_REPLICATE);
    std::vector<Face> faces = look(around, 0, least);
    if (config_.tilted == "always" || (config_.tilted == "if_none" && faces.empty()))
      for (const double degrees : {-config_.tilt, config_.tilt})
        for (const Face& face : look(around, degrees, least)) faces.push_back(face);
    for (Face& face : faces) face.centre -= cv::Point2d(pixels, pixels);
    // What has its middle outside is none of the picture's.
    const cv::Rect2d inside(0, 0, grey.cols, grey.rows);
    faces.erase(std::remove_if(faces.begin(), faces.end(), [&](const Face& f) { return !inside.contains(f.centre); }),
                faces.end());
    return faces;
  }

  std::vector<Face> look(const cv::Mat& grey, double degrees, int least) {
    const Turned copy = turned(grey, degrees);
    std::vector<cv::Rect> squares;
    std::vector<int> agreeing;
    cascade_.detectMultiScale(copy.image, squares, agreeing, kStep,
                              degrees == 0 ? config_.neighbours : kSurer * config_.neighbours, 0, {least, least});
    std::vector<Face> out;
    for (size_t i = 0; i < squares.size(); ++i) out.push_back(face_of(squares[i], agreeing[i], degrees, copy.back));
    return out;
  }

  static Face face_of(const cv::Rect& square, int agreeing, double degrees, const cv::Matx23d& back) {
    const double x = square.x + (square.width - 1) / 2.0, y = square.y + (square.height - 1) / 2.0;
    Face face;
    face.centre = {back(0, 0) * x + back(0, 1) * y + back(0, 2) + 0.5, back(1, 0) * x + back(1, 1) * y + back(1, 2) + 0.5};
    face.size = {kWidth * square.width, kHeight * square.height};
    face.degrees = degrees;
    face.score = agreeing / (agreeing + kEvenScore);
    return face;
  }

  DetectorConfig config_;
  cv::CascadeClassifier cascade_;
};

}  // namespace

std::vector<fs::path> cascade_folders() {
  std::vector<fs::path> out;
  for (const char* root : {"/usr/share", "/usr/local/share", "/opt/homebrew/share"})
    for (const char* name : {"opencv4", "opencv", "OpenCV"}) out.push_back(fs::path(root) / name / "haarcascades");
  return out;
}

fs::path find_cascade(const DetectorConfig& config, const std::vector<fs::path>& folders) {
  if (!config.file.empty()) return config.file;
  std::string tried;
  for (const fs::path& folder : folders) {
    std::error_code unreadable;
    if (fs::is_regular_file(folder / kFile, unreadable)) return folder / kFile;
    tried += (tried.empty() ? "" : ", ") + folder.string();
  }
  fail("no {} in {} (install Debian's package opencv-data, or give the file as detector.file)", kFile, tried);
}

std::unique_ptr<FaceDetector> make_cascade_detector(const DetectorConfig& config, int) {
  return std::make_unique<CascadeDetector>(config);
}

}  // namespace facemat
