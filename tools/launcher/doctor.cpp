#include "tools/launcher/doctor.h"

#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <set>

#include "src/core/json.h"
#include "src/core/program.h"
#include "src/media/video/video.h"
#include "src/runtime/onnx/session.h"
#include "tools/launcher/commands.h"

namespace facemat {
namespace {

constexpr double kGiB = 1024.0 * 1024 * 1024;
constexpr const char* kBuildAdvice = "run tools/setup, then tools/build";

bool is_program(const fs::path& path) { return fs::is_regular_file(path) && ::access(path.c_str(), X_OK) == 0; }

std::string quoted(const std::string& text) {  // for the shell
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

// The first line `command` prints; empty if it fails.
std::string first_line_of(const std::string& command) {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "r"), ::pclose);
  char line[256] = {};
  if (!pipe || !std::fgets(line, sizeof line, pipe.get())) return {};
  std::string text = line;
  return text.substr(0, text.find('\n'));
}

DoctorFinding libtorch(const fs::path& programs) {
  // The launcher does not link LibTorch, so it asks a program that does.
  const fs::path train = programs / "facemat-train";
  if (!is_program(train))
    return {"LibTorch", "not used by what is built here",
            "to train, export or evaluate checkpoints: run tools/setup, then tools/build dev"};
  const std::string answer = first_line_of(quoted(train.string()) + " --libraries 2>/dev/null");
  if (answer.empty()) return {"LibTorch", "facemat-train does not start", kBuildAdvice};
  return {"LibTorch", answer, ""};
}

DoctorFinding onnxruntime() {
  return {"ONNX Runtime", fmt::format("{} ({})", runtime_version(), fmt::join(runtime_providers(), ", ")), ""};
}

std::vector<DoctorFinding> program_findings(const fs::path& programs) {
  std::vector<DoctorFinding> findings;
  std::set<std::string> seen;
  for (const Command& command : commands()) {
    if (!seen.insert(command.program).second) continue;
    const bool there = is_program(programs / command.program);
    findings.push_back({command.program, there ? "there" : "missing", there ? "" : kBuildAdvice});
  }
  return findings;
}

DoctorFinding threads() {
  const int hardware = hardware_threads();
  const char* set = std::getenv("OMP_NUM_THREADS");
  DoctorFinding finding{"CPU threads", fmt::format("{}; OMP_NUM_THREADS {}", hardware, set ? set : "not set"), ""};
  const int wanted = set ? std::atoi(set) : 0;
  if (wanted > hardware)
    finding.advice =
        fmt::format("OMP_NUM_THREADS asks for more threads than the machine has: set it to {} or unset it", hardware);
  if (set && wanted <= 0) finding.advice = "OMP_NUM_THREADS is not a number of threads: unset it";
  return finding;
}

DoctorFinding load() {
  double average = 0;
  if (::getloadavg(&average, 1) != 1) return {"load", "unknown", ""};
  const bool busy = average > hardware_threads() + 0.5;
  return {"load", fmt::format("{:.1f} over the last minute", average),
          busy ? "more work than cores: programs that spin beside each other slow down many times; run one at a time, or share "
                 "the cores with --threads and OMP_WAIT_POLICY=passive"
               : ""};
}

DoctorFinding memory() {
  const double page = static_cast<double>(::sysconf(_SC_PAGESIZE));
  const double total = page * ::sysconf(_SC_PHYS_PAGES) / kGiB, free = page * ::sysconf(_SC_AVPHYS_PAGES) / kGiB;
  return {"memory", fmt::format("{:.1f} GiB, {:.1f} GiB unused", total, free),
          total < 3.5 ? "training and building need about 4 GiB: build with one job, train with a small batch" : ""};
}

DoctorFinding disk() {
  std::error_code error;
  const fs::space_info space = fs::space(fs::current_path(error), error);
  if (error) return {"disk", "unknown", ""};
  const double free = space.available / kGiB;
  return {"disk", fmt::format("{:.1f} GiB free here", free),
          free < 5 ? "a dataset with its runs takes about 5 GiB: make room" : ""};
}

DoctorFinding test_data() {
  const char* named = std::getenv("FACEMAT_TEST_DATA");
  const fs::path place = named ? fs::path(named) : fs::path(FACEMAT_SOURCE_DIR) / "../shared/data";
  if (fs::is_directory(place)) return {"test data", fs::weakly_canonical(place).string(), ""};
  return {"test data", "absent",
          "tests on real pictures are skipped; to run them, set FACEMAT_TEST_DATA to the folder that has them"};
}

}  // namespace

std::vector<DoctorFinding> examine(const fs::path& programs) {
  std::vector<DoctorFinding> findings = {{"facemat", version_text(), ""},
                                         onnxruntime(),
                                         {"OpenCV", cv::getVersionString(), ""},
                                         {"FFmpeg", video_libraries(), ""},
                                         libtorch(programs)};
  for (DoctorFinding& finding : program_findings(programs)) findings.push_back(std::move(finding));
  for (const auto look : {threads, load, memory, disk, test_data}) findings.push_back(look());
  return findings;
}

std::string findings_text(const std::vector<DoctorFinding>& findings) {
  std::string out;
  for (const DoctorFinding& finding : findings) {
    out += fmt::format("{} {:<18} {}\n", finding.advice.empty() ? " " : "!", finding.name, finding.value);
    if (!finding.advice.empty()) out += fmt::format("  {:<18} -> {}\n", "", finding.advice);
  }
  return out;
}

std::string findings_json(const std::vector<DoctorFinding>& findings) {
  nlohmann::json json = nlohmann::json::array();
  for (const DoctorFinding& f : findings) json.push_back({{"name", f.name}, {"value", f.value}, {"advice", f.advice}});
  return json_text(json, 2);
}

}  // namespace facemat
