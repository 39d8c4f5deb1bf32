#include "src/media/pictures/profile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/core/random.h"
#include "src/image/codec.h"
#include "src/media/streams/sinks.h"
#include "src/media/streams/sources.h"
#include "src/media/video/av_pixels.h"
#include "tests/support/odd_images.h"
#include "tests/support/scratch.h"

namespace facemat {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string big_endian(uint32_t value) {
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift);
  return out;
}

// A header, a table of one tag, its name, and noise.
std::string made_profile(size_t noise, const std::string& space = "RGB ") {
  const std::string name = "Wide colours";
  std::string out(128, '\0');
  out.replace(16, 4, space);
  out += big_endian(1) + "desc" + big_endian(144) + big_endian(static_cast<uint32_t>(12 + name.size() + 1));
  out += "desc" + big_endian(0) + big_endian(static_cast<uint32_t>(name.size() + 1)) + name + '\0';
  Rng rng(5);
  for (size_t i = 0; i < noise; ++i) out += static_cast<char>(rng.bits());
  return out;
}

TEST(Profile, IsFoundWhereItWasPut) {
  const cv::Mat picture(20, 30, CV_8UC3, cv::Scalar(20, 90, 200));
  for (const std::string extension : {".png", ".jpg"})
    for (const size_t noise : {0, 1000, 70000, 1'000'000}) {  // several segments of a JPEG, several blocks of a PNG
      const std::string plain = encode_image(extension, picture), profile = made_profile(noise);
      EXPECT_EQ(colour_profile(plain), "");
      EXPECT_EQ(with_colour_profile(plain, ""), plain);
      const std::string file = with_colour_profile(plain, profile);
      EXPECT_EQ(colour_profile(file), profile) << extension << noise;
      EXPECT_EQ(cv::norm(decode_image(file, "a"), decode_image(plain, "a"), cv::NORM_INF),
                0);  // still sound to a strict reader
    }
  EXPECT_EQ(profile_name(made_profile(10)), "Wide colours");
  EXPECT_EQ(profile_name("short"), "of its own");
  std::string cut = made_profile(0).substr(0, 148);  // its name is said to be the last four bytes
  cut.replace(140, 4, big_endian(4));
  EXPECT_EQ(profile_name(cut), "of its own");
}

TEST(Profile, OfWebpIsAChunkBeforeThePixels) {
  const std::string profile = made_profile(999), pixels = flat_webp_pixels(8, 8, 1, 2, 3),
                    canvas = webp_canvas(kWebpProfile, 8, 8);
  const std::string file = webp_file(canvas + riff_chunk("ICCP", profile) + pixels);
  EXPECT_EQ(colour_profile(file), profile);
  EXPECT_EQ(colour_profile(file.substr(0, 500)), "") << "cut";
  EXPECT_EQ(colour_profile(webp_file(canvas + pixels + riff_chunk("ICCP", profile))), "");
  EXPECT_EQ(colour_profile(webp_file(canvas + riff_chunk("ICCP", made_profile(9, "GRAY")) + pixels)), "");
  EXPECT_EQ(colour_profile(webp_file(pixels)), "");
  EXPECT_EQ(colour_profile(webp_file("")), "");
  const Scratch folder;
  write_file(folder / "in.webp", file);
  EXPECT_EQ(open_source((folder / "in.webp").string())->info().profile, "Wide colours");
}

// FFmpeg's encoder compresses what it writes.
TEST(Profile, CompressedOnesAreRead) {
  const std::string profile = made_profile(500);
  const AVCodec* codec = avcodec_find_encoder(AV_CODEC_ID_PNG);
  ASSERT_NE(codec, nullptr);
  const av::Codec encoder(avcodec_alloc_context3(codec));
  encoder->width = encoder->height = 8, encoder->pix_fmt = AV_PIX_FMT_RGB24, encoder->time_base = {1, 25};
  ASSERT_GE(avcodec_open2(encoder.get(), codec, nullptr), 0);
  av::PictureToFrame to_frame({8, 8}, AV_PIX_FMT_RGB24, {}, "test");
  AVFrame& frame = to_frame(cv::Mat(8, 8, CV_8UC3, cv::Scalar(1, 2, 3)));
  AVFrameSideData* data = av_frame_new_side_data(&frame, AV_FRAME_DATA_ICC_PROFILE, profile.size());
  std::copy(profile.begin(), profile.end(), data->data);
  ASSERT_GE(avcodec_send_frame(encoder.get(), &frame), 0);
  avcodec_send_frame(encoder.get(), nullptr);
  const av::Packet packet = av::make_packet();
  ASSERT_GE(avcodec_receive_packet(encoder.get(), packet.get()), 0);
  const std::string file(reinterpret_cast<char*>(packet->data), packet->size);
  if (file.find("iCCP") == std::string::npos) GTEST_SKIP() << "this FFmpeg writes no profiles";
  EXPECT_EQ(colour_profile(file), profile);
}

TEST(Profile, WhatCannotBeReadIsNone) {
  const std::string plain = encode_image(".png", cv::Mat(4, 4, CV_8UC3, cv::Scalar::all(9)));
  const std::string jpeg = encode_image(".jpg", cv::Mat(4, 4, CV_8UC3, cv::Scalar::all(9)));
  EXPECT_EQ(colour_profile(with_colour_profile(plain, made_profile(9, "GRAY"))), "");  // pictures are written in colour
  EXPECT_EQ(colour_profile(""), "");
  EXPECT_EQ(colour_profile("GIF89a"), "");
  EXPECT_EQ(colour_profile(with_colour_profile(plain, made_profile(5'000'000))), "") << "no profile is as long";
  for (const std::string& whole :
       {with_colour_profile(plain, made_profile(90000)), with_colour_profile(jpeg, made_profile(90000))}) {
    Rng rng(2);
    for (int i = 0; i < 60; ++i) {  // cut or flipped: read or not, but never a crash
      std::string bad = whole.substr(0, i % 2 ? rng.integer(0, whole.size()) : whole.size());
      if (!bad.empty()) bad[rng.integer(0, bad.size() - 1)] ^= static_cast<char>(1 << rng.integer(0, 7));
      EXPECT_LE(colour_profile(bad).size(), 200000u);
      profile_name(bad);
    }
  }
}

TEST(Profile, WhyOneIsLostIsSaid) {
  const std::string plain = encode_image(".png", cv::Mat(4, 4, CV_8UC3, cv::Scalar::all(9)));
  const std::string jpeg = encode_image(".jpg", cv::Mat(4, 4, CV_8UC3, cv::Scalar::all(9)));
  const std::string webp = webp_canvas(kWebpProfile, 4, 4), pixels = flat_webp_pixels(4, 4, 1, 2, 3);
  const std::string profile = made_profile(90000), chunk = riff_chunk("ICCP", profile);
  const std::string whole = with_colour_profile(plain, profile);
  std::string damaged = whole, fewer = with_colour_profile(jpeg, profile);
  damaged[whole.find("iCCP") + 4 + 13 + 50] ^= 1;  // in the packed stream
  fewer[fewer.find("ICC_PROFILE") + 12] = '\3';    // the first of two
  const std::pair<std::string, std::string> table[] = {
      {plain, ""},
      {jpeg, ""},
      {webp_file(pixels), ""},
      {whole, ""},
      {webp_file(webp + chunk + pixels), ""},
      {"GIF89a", ""},
      {with_colour_profile(plain, made_profile(9, "GRAY")), "it is of GRAY, not RGB"},
      {with_colour_profile(jpeg, made_profile(9, "\x1b[2J")), "it is of \\x1b[2J, not RGB"},
      {with_colour_profile(plain, "short"), "it is damaged"},
      {with_colour_profile(plain, made_profile(5'000'000)), "it is too long, or cut off"},
      {with_colour_profile(plain, std::string(5'000'000, 'a')), "a packed stream holds more than 4194304 bytes"},
      {whole.substr(0, 5000), "it is too long, or cut off"},
      {damaged, "a packed stream is damaged"},
      {fewer, "pieces of it are missing"},
      {webp_file(webp + pixels + chunk), "it is not before the pixels, or cut off"},
      {webp_file(webp + chunk + pixels).substr(0, 500), "it is not before the pixels, or cut off"},
  };
  for (const auto& [file, fault] : table) {
    const FoundProfile found = find_profile(file);
    EXPECT_EQ(found.fault.substr(0, fault.size()), fault);
    EXPECT_EQ(found.fault.empty(), fault.empty());
    if (!fault.empty()) {
      EXPECT_EQ(found.bytes, "") << fault;
    }
  }
  const Scratch folder;
  write_file(folder / "in.webp", webp_file(webp + pixels + chunk));
  EXPECT_THAT(open_source((folder / "in.webp").string())->info().profile_fault, HasSubstr("not before the pixels"));
}

// From a picture to what it becomes.
TEST(Profile, GoesAlongOrIsSaidToBeLost) {
  const Scratch folder;
  const std::string profile = made_profile(2000);
  write_file(folder / "in.png",
             with_colour_profile(encode_image(".png", cv::Mat(8, 8, CV_8UC3, cv::Scalar::all(99))), profile));
  const auto source = open_source((folder / "in.png").string());
  EXPECT_EQ(source->info().profile, "Wide colours");
  const MediaFrame frame = *source->next();
  SinkOptions options;
  options.single = true;
  options.clip = source->info();
  for (const char* name : {"out.png", "out.jpg"}) {
    const auto sink = open_sink((folder / name).string(), options);
    EXPECT_TRUE(sink->notes().empty());
    sink->write(frame);
    sink->finish();
    EXPECT_EQ(colour_profile(read_file(folder / name)), profile) << name;
  }
  MediaFrame matte = frame;
  matte.image = cv::Mat(8, 8, CV_8UC1, cv::Scalar(9));
  const auto sink = open_sink((folder / "matte.png").string(), options);
  sink->write(matte);
  sink->finish();
  EXPECT_EQ(colour_profile(read_file(folder / "matte.png")), "");
  EXPECT_THAT(open_sink((folder / "out.exr").string(), options)->notes(),
              ElementsAre(HasSubstr("colour profile (Wide colours)")));
  options.single = false;
  EXPECT_THAT(open_sink((folder / "out.mp4").string(), options)->notes(),
              ElementsAre(HasSubstr("out.mp4: the colour profile")));
}

}  // namespace
}  // namespace facemat
