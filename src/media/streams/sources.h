#pragma once
// Frames one after another, wherever they come from.

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "src/media/frames/frame.h"

namespace facemat {

struct SourceOptions {
  ReadOptions read;
  double rate = 25;    // frames a second of pictures in files
  std::string raw;     // what comes on a pipe: "bgr24:640x480@25" (any pixel format of FFmpeg's), or "y4m"
  std::string camera;  // "1280x720@30", "1280x720" or "@30"; empty: the device's own choice
};

struct SourceKind;

class FrameSource {
 public:
  virtual ~FrameSource() = default;
  virtual std::optional<MediaFrame> next() = 0;
  virtual bool skip() = 0;                    // goes past a frame as cheaply as it can; false at the end
  virtual std::string next_name() const = 0;  // of the frame that next() would give, were there one
  virtual const VideoInfo& info() const = 0;  // `size` is empty for pictures in files
  virtual std::vector<std::filesystem::path> files() const { return {}; }  // those pictures in files
  const SourceKind& kind() const { return *kind_; }

 private:
  friend std::unique_ptr<FrameSource> open_source(const std::string& what, const SourceOptions& options);
  const SourceKind* kind_ = nullptr;
};

// THE SOURCE TABLE. To add one: a class in sources.cpp and a line in its table, before those that take more.
struct SourceKind {
  std::string name, help;
  bool (*takes)(const std::string& what);
  std::unique_ptr<FrameSource> (*open)(const std::string& what, const SourceOptions& options);
  bool single = false;  // one picture
  bool named = false;   // frames have names, by which two sources can be matched
  bool film = false;    // a file with times, and perhaps sound
  bool live = false;    // goes on until it is stopped
};
const std::vector<SourceKind>& source_kinds();

// The kind that `what` names. Throws Error that says what it could be.
const SourceKind& source_kind_of(const std::string& what);

// Opens it. Throws Error: missing, unreadable, nothing in it.
std::unique_ptr<FrameSource> open_source(const std::string& what, const SourceOptions& options = {});

}  // namespace facemat
