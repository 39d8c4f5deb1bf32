#pragma once
// What a film is beside its pictures: which stream it is, how its pictures are turned, when they are shown and how many there
// are. Whoever reads, writes, counts or copies takes these from here. Not for other rooms: it shows FFmpeg's types.

#include <cstdint>
#include <opencv2/core.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "src/media/frames/frame.h"
#include "src/media/video/av.h"

namespace facemat::av {

// --- which stream

bool is_cover(const AVStream& stream);  // a picture that belongs to the film, as a record has one

// The stream that is the film: among those that can be decoded the one that players choose, then the longer, then the larger.
// Covers and single pictures beside a film are none. -1: there is no film.
int film_stream(const AVFormatContext& input);

// --- how its pictures are shown

// The way from the stored picture to the one that is shown: rows and columns exchanged first, then mirrored.
struct Turn {
  bool transposed = false, mirrored_x = false, mirrored_y = false;
};

// By the display matrix (phones store portrait films lying down, front cameras mirrored), to the nearest quarter turn; pictures
// are mirrored where its determinant is negative, as players do.
Turn turn_of(const AVStream& stream);
cv::Mat turned(const cv::Mat& image, const Turn& turn);
cv::Size turned(cv::Size size, const Turn& turn);

// Width by height of a pixel as it is shown.
AVRational pixel_aspect_of(AVFormatContext& input, const AVStream& stream, const Turn& turn);

// --- when

// What is subtracted from all times of a file, in units of 1 / AV_TIME_BASE: streams that are broadcast (MPEG-TS) count from
// anywhere, files from where their clip begins.
int64_t origin_of(const AVFormatContext& input);

// When the last frame goes, in the stream's time base, as the container states it. Frames alone do not tell: the last one may
// be shown for long, and its packet need not be the last.
std::optional<int64_t> end_of(const AVFormatContext& input, const AVStream& stream);

// How many frames a player shows, by the index of MP4 and MOV without those that edit lists hide; 0: not known without decoding
// (other containers, fragments, films that begin within a group of pictures).
int64_t shown_frames(const AVFormatContext& input, int stream);

// How many frames a file states or how long it is, for progress; 0: not known.
int64_t likely_frames(const AVFormatContext& input, const AVStream& stream, AVRational rate);

// Throws Error where a Matroska file is shorter than it states (a film that was cut off just ends for a player); other
// containers tell while they are read.
void check_whole(const fs::path& path);

// --- its light

// Mastering display and content light level (HDR10), as FFmpeg keeps them: by the kind of packet side data. Of the stream, or
// where that is silent of `frame`.
using SideData = std::vector<std::pair<int, std::string>>;
SideData light_of(const AVStream& stream, const AVFrame* frame);
void set_side_data(AVStream& stream, const SideData& data);

// Lines for people: what of the film is not passed on.
std::vector<std::string> limits_of(const AVFormatContext& input, int stream, const std::string& where);

}  // namespace facemat::av
