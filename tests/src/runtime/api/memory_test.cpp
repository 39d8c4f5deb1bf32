// Every function of the library that takes memory, with each of its allocations failing in turn: it returns its status with a
// message, makes and writes nothing, and works the next time as if nothing had been. A sample of the allocations; all of them
// with FACEMAT_EVERY_FAULT=1.

#include "tests/src/runtime/api/support.h"

#include <execinfo.h>
#include <malloc.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <functional>
#include <utility>

#include "tests/src/runtime/api/failing_memory.h"
#include "tests/support/failing_writes.h"

namespace facemat_api {
namespace {

constexpr int64_t kSample = 24;

// Ways in which a process of its own may end, other than by a signal.
constexpr int kSurvived = 0, kWrong = 1, kEndedByLibrary = 99;
constexpr const char* kOnnxRuntime = "libonnxruntime.";

// Says where it was when something ended the process. ONNX Runtime, and the C++ library as it lists a folder, do so by
// themselves where they lack memory in a function that may not throw; nobody who calls them can help that, so these are told
// apart and counted.
char whereabouts[160] = "";
void tell(int signal) {
  if (FailingMemory::was_inside(kOnnxRuntime) || FailingMemory::was_inside("directory_iterator")) ::_exit(kEndedByLibrary);
  if (::write(STDERR_FILENO, whereabouts, std::strlen(whereabouts)) < 0) ::_exit(kWrong);
  std::array<void*, 64> callers;
  ::backtrace_symbols_fd(callers.data(), ::backtrace(callers.data(), callers.size()), STDERR_FILENO);
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

// What the test noted so far: its failures.
int parts_of_this_test() { return ::testing::UnitTest::GetInstance()->current_test_info()->result()->total_part_count(); }

// How `body` ends in a process of its own; one of the above, or minus the signal.
int ending_of(const std::function<void()>& body) {
  constexpr unsigned kLimitSeconds = 120;
  std::fflush(nullptr);
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(kLimitSeconds);
    for (const int crash : {SIGABRT, SIGSEGV}) std::signal(crash, tell);
    const int parts = parts_of_this_test();
    body();
    std::fflush(nullptr);
    ::_exit(parts_of_this_test() > parts ? kWrong : kSurvived);
  }
  int status = 0;
  EXPECT_TRUE(child > 0 && ::waitpid(child, &status, 0) == child) << "no process";
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

// Bytes that the program has taken; 0 where that cannot be told.
size_t memory_in_use() {
#if defined(__GLIBC__) && !defined(FACEMAT_SANITIZED)
#if __GLIBC_PREREQ(2, 33)
  const struct mallinfo2 info = ::mallinfo2();
  return info.uordblks + info.hblkhd;
#endif
#endif
  return 0;
}

// A call of the library with arguments that are right.
struct Call {
  const char* name;
  std::function<void()> before;  // what a first try needs; may be empty
  std::function<fm_status()> run;
  std::function<std::string()> answer;  // of the run that went well; what it made is freed
  std::function<bool()> untouched;      // after one that did not: the out-parameters are as they were
  bool exact = true;                    // a second try answers as the first would have
};

class LackOfMemory : public Api {
 protected:
  // The allocations of a run; `wanted`: what it answers.
  static int64_t allocations_of(const Call& call, std::string& wanted) {
    for (int warm = 0; warm < 2; ++warm) {  // what libraries make once is made now
      if (call.before) call.before();
      EXPECT_EQ(call.run(), FM_OK) << call.name << ": " << fm_last_error();
      wanted = call.answer();
    }
    if (call.before) call.before();
    const FailingMemory counted(0);
    const fm_status status = call.run();
    const int64_t count = counted.seen();
    EXPECT_EQ(status, FM_OK) << call.name;
    return count;
  }

  static void fail_at(const Call& call, int64_t number, const std::string& wanted) {
    std::snprintf(whereabouts, sizeof(whereabouts), "at allocation %lld of '%s'\n", static_cast<long long>(number), call.name);
    if (call.before) call.before();
    fm_stream_reset(nullptr);  // another message than the one that is to come
    fm_status status = FM_OK;
    {
      const FailingMemory failing(number);
      status = call.run();
    }
    if (status == FM_OK) {  // a library made do without
      const std::string answer = call.answer();
      EXPECT_TRUE(answer == wanted || !call.exact) << whereabouts;
      return;
    }
    // A library that turns its lack of memory into a wrong answer ("no number") is told by FM_ERROR_FAILED.
    EXPECT_TRUE(status == FM_ERROR_MEMORY || status == FM_ERROR_FAILED) << whereabouts << status << ": " << fm_last_error();
    EXPECT_STRNE(fm_last_error(), "stream is NULL") << whereabouts;
    EXPECT_STRNE(fm_last_error(), "") << whereabouts;
    EXPECT_TRUE(call.untouched()) << whereabouts;
    ASSERT_EQ(call.run(), FM_OK) << whereabouts << fm_last_error();
    const std::string answer = call.answer();
    EXPECT_TRUE(answer == wanted || !call.exact) << whereabouts << "the next try answers something else";
  }

  static void expect_survived(const Call& call) {
    std::string wanted;
    const int64_t count = allocations_of(call, wanted);
    ASSERT_GT(count, 0) << call.name << " takes no memory";
    call.answer();
    const std::vector<int64_t> numbers = facemat::chosen(count, kSample);
    size_t ended = 0;
    for (const int64_t number : numbers) {
      const int ending = ending_of([&] { expect_nothing_kept(call, number, wanted); });
      EXPECT_TRUE(ending == kSurvived || ending == kEndedByLibrary) << call.name << ", allocation " << number << ": " << ending;
      ended += ending == kEndedByLibrary;
    }
    EXPECT_LT(ended, numbers.size()) << call.name << ": nothing was survived";
    std::printf("%s: %zu of %lld allocations, %zu of which ended a library\n", call.name, numbers.size(),
                static_cast<long long>(count), ended);
  }

  // Fails again and again: what a failed call kept would be missed then.
  static void expect_nothing_kept(const Call& call, int64_t number, const std::string& wanted) {
    constexpr size_t kSlack = 64 << 10;
    constexpr int kTimes = 4, kRounds = 3;  // a cache may grow once
    size_t before = 0, after = 0;
    for (int round = 0; round < kRounds; ++round) {
      before = memory_in_use();
      for (int i = 0; i < kTimes; ++i) fail_at(call, number, wanted);
      after = memory_in_use();
      // These two keep something by themselves: a matrix whose notes found no room, what a graph was about to use.
      if (after < before + kSlack || FailingMemory::was_inside("libopencv_") || FailingMemory::was_inside(kOnnxRuntime)) return;
    }
    ADD_FAILURE() << whereabouts << "memory is kept: " << before << " bytes, then " << after;
  }

  static std::string bytes_of(const Pixels& pixels) { return {pixels.bytes.begin(), pixels.bytes.end()}; }

  // A picture that is told apart from one that nobody wrote.
  static bool blank(const Pixels& pixels) {
    return std::all_of(pixels.bytes.begin(), pixels.bytes.end(), [](uint8_t byte) { return byte == 0xAB; });
  }
  static std::string taken(Pixels& pixels) {
    std::string bytes = bytes_of(pixels);
    std::fill(pixels.bytes.begin(), pixels.bytes.end(), 0xAB);
    return bytes;
  }
};

facemat::ModelOptions one_thread() {
  facemat::ModelOptions options;
  options.threads = 1;
  return options;
}

TEST_F(LackOfMemory, Models) {
  const std::string path = file("accumulator.onnx"), bytes = read_bytes(path);
  const facemat::ModelOptions options = one_thread();
  fm_model* made = nullptr;
  const auto answer = [&] {
    std::string info = fm_model_info(made);
    fm_model_free(made);
    made = nullptr;
    return info;
  };
  const auto untouched = [&] { return made == nullptr; };
  expect_survived({"fm_model_load", {}, [&] { return fm_model_load(path.c_str(), &options, &made); }, answer, untouched});
  expect_survived({"fm_model_load_memory",
                   {},
                   [&] { return fm_model_load_memory(bytes.data(), bytes.size(), "m", &options, &made); },
                   answer,
                   untouched});
  char text[200] = "";
  expect_survived({"fm_nodes_by_provider",
                   {},
                   [&] { return fm_nodes_by_provider(path.c_str(), &options, 32, 32, text, sizeof(text)); },
                   [&] {
                     std::string nodes = text;
                     text[0] = '\0';
                     return nodes;
                   },
                   [&] { return text[0] == '\0'; }});
}

TEST_F(LackOfMemory, Streams) {
  const facemat::Model accumulator = model();
  const std::string boxes = file("boxes.csv"), detector = "boxes:" + boxes, yaml = file("box.yaml");
  std::ofstream(boxes) << "frame,x,y,w,h\n0,10,10,20,26\n";
  std::ofstream(yaml) << "kind: box\n";
  fm_stream* made = nullptr;
  Pixels frame = filled(layout_of(FM_RGB8), 48, 40, 51, 51, 51), alpha(FM_GRAYF32, 48, 40);
  const auto answer = [&] {  // of the first frame
    EXPECT_EQ(fm_stream_predict(made, &frame.image, &alpha.image, nullptr), FM_OK) << fm_last_error();
    fm_stream_free(made);
    made = nullptr;
    return taken(alpha);
  };
  const auto untouched = [&] { return made == nullptr; };
  const auto expect_made = [&](const char* name, const std::function<fm_status()>& run) {
    expect_survived({name, {}, run, answer, untouched});
  };
  expect_made("fm_stream_create", [&] { return fm_stream_create(accumulator.get(), nullptr, &made); });
  facemat::StreamOptions with_faces;
  with_faces.faces = detector.c_str();
  expect_made("fm_stream_create with faces", [&] { return fm_stream_create(accumulator.get(), &with_faces, &made); });
  expect_made("fm_stream_open_source", [&] { return fm_stream_open_source(yaml.c_str(), nullptr, 0, 1, &made); });
}

// The first frame of a clip, the second, for which a graph is prepared, and the third.
TEST_F(LackOfMemory, Frames) {
  const facemat::Model accumulator = model();
  fm_stream* stream = nullptr;
  ASSERT_EQ(fm_stream_create(accumulator.get(), nullptr, &stream), FM_OK);
  Pixels frame = filled(layout_of(FM_RGBA16), 40, 30, 51, 102, 60);
  for (const int frames_before : {0, 1, 2})
    for (const int32_t format : {FM_GRAY8, FM_GRAY16, FM_GRAYF32}) {
      Pixels alpha(format, 40, 30), uncertainty(format, 40, 30), other(FM_GRAYF32, 40, 30);
      const std::string name = "fm_stream_predict, frame " + std::to_string(frames_before + 1);
      expect_survived({name.c_str(),
                       [&] {
                         ASSERT_EQ(fm_stream_reset(stream), FM_OK);
                         for (int i = 0; i < frames_before; ++i)
                           ASSERT_EQ(fm_stream_predict(stream, &frame.image, &other.image, nullptr), FM_OK);
                       },
                       [&] { return fm_stream_predict(stream, &frame.image, &alpha.image, &uncertainty.image); },
                       [&] {
                         std::string first = taken(alpha);
                         return first + taken(uncertainty);
                       },
                       [&] { return blank(alpha) && blank(uncertainty); }});
    }
  fm_stream_free(stream);
}

// Frames are counted, so a second try is that of another frame; every frame has its box.
TEST_F(LackOfMemory, FramesWithFaces) {
  const facemat::Model accumulator = model();
  const std::string boxes = file("boxes.csv"), detector = "boxes:" + boxes;
  {
    std::ofstream out(boxes);
    out << "frame,x,y,w,h\n";
    for (int i = 0; i < 20'000; ++i) out << i << ",20,20,30,40\n";
  }
  facemat::StreamOptions options;
  options.faces = detector.c_str();
  fm_stream* stream = nullptr;
  ASSERT_EQ(fm_stream_create(accumulator.get(), &options, &stream), FM_OK) << fm_last_error();
  Pixels frame = filled(layout_of(FM_BGR8), 96, 80, 51, 102, 60), alpha(FM_GRAY8, 96, 80);
  expect_survived({"fm_stream_predict with faces",
                   {},
                   [&] { return fm_stream_predict(stream, &frame.image, &alpha.image, nullptr); },
                   [&] { return taken(alpha); },
                   [&] { return blank(alpha); },
                   false});
  fm_stream_free(stream);
}

TEST_F(LackOfMemory, FramesWithGuides) {
  const facemat::Model guided = model("guided.onnx");
  fm_stream* stream = nullptr;
  ASSERT_EQ(fm_stream_create(guided.get(), nullptr, &stream), FM_OK) << fm_last_error();
  Pixels frame = filled(layout_of(FM_BGR8), 40, 30, 51, 102, 60), alpha(FM_GRAY8, 40, 30);
  Pixels trimap = filled(layout_of(FM_GRAY8), 40, 30, 128, 128, 128), plate = filled(layout_of(FM_RGB16), 40, 30, 9, 99, 60);
  facemat::Guides guides;
  guides.trimap = &trimap.image, guides.background = &plate.image;
  expect_survived({"fm_stream_predict_given", [&] { ASSERT_EQ(fm_stream_reset(stream), FM_OK); },
                   [&] { return fm_stream_predict_given(stream, &frame.image, &guides, &alpha.image, nullptr); },
                   [&] { return taken(alpha); }, [&] { return blank(alpha); }});
  fm_stream_free(stream);
}

TEST_F(LackOfMemory, States) {
  const facemat::Model accumulator = model();
  fm_stream* stream = nullptr;
  ASSERT_EQ(fm_stream_create(accumulator.get(), nullptr, &stream), FM_OK);
  Pixels frame = filled(layout_of(FM_RGB8), 40, 30, 51, 102, 60), alpha(FM_GRAYF32, 40, 30);
  const auto predicted = [&] {
    EXPECT_EQ(fm_stream_predict(stream, &frame.image, &alpha.image, nullptr), FM_OK);
    return taken(alpha);
  };
  const auto begin = [&] {
    ASSERT_EQ(fm_stream_reset(stream), FM_OK);
    predicted();
  };
  begin();
  size_t size = 0;
  ASSERT_EQ(fm_stream_save_state(stream, nullptr, 0, &size), FM_OK);
  std::string state(size, '\0'), saved(size, '\0');
  ASSERT_EQ(fm_stream_save_state(stream, state.data(), size, &size), FM_OK);
  expect_survived({"fm_stream_save_state", begin,
                   [&] { return fm_stream_save_state(stream, saved.data(), saved.size(), &size); },
                   [&] { return std::exchange(saved, std::string(size, '\0')); },
                   [&] { return saved == std::string(saved.size(), '\0'); }});
  expect_survived({"fm_stream_restore_state", begin,
                   [&] { return fm_stream_restore_state(stream, state.data(), state.size()); }, predicted,
                   [] { return true; }});
  expect_survived({"fm_stream_reset", begin, [&] { return fm_stream_reset(stream); }, predicted, [] { return true; }});
  // A reset that failed leaves the clip as it was.
  begin();
  const std::string second = predicted();
  begin();
  {
    const FailingMemory failing(1, true);
    EXPECT_EQ(fm_stream_reset(stream), FM_ERROR_MEMORY);
  }
  EXPECT_EQ(predicted(), second);
  fm_stream_free(stream);
}

TEST_F(LackOfMemory, Composites) {
  Pixels target = filled(layout_of(FM_RGBA8), 40, 30, 10, 20, 30), swap = filled(layout_of(FM_RGBA8), 40, 30, 210, 120, 80);
  Pixels weights = filled(layout_of(FM_GRAY16), 40, 30, 51, 51, 51), out(FM_RGBA8, 40, 30);
  const auto answer = [&] { return taken(out); };
  const auto untouched = [&] { return blank(out); };
  for (const char* mode : {"standard", "uncertainty", "recompose"}) {
    facemat::CompositeOptions options;
    options.mode = mode, options.erode = 2, options.feather = 1.5, options.decontaminate = 1;
    const std::string name = std::string("fm_composite, ") + mode;
    expect_survived({name.c_str(),
                     {},
                     [&] {
                       return fm_composite(&target.image, &swap.image, &weights.image, &weights.image, &weights.image, &options,
                                           &out.image);
                     },
                     answer,
                     untouched});
  }
  for (const std::string& effect : facemat::effect_names())
    expect_survived(
        {effect.c_str(), {}, [&] { return fm_effect_apply(effect.c_str(), &target.image, &out.image); }, answer, untouched});
}

}  // namespace
}  // namespace facemat_api
