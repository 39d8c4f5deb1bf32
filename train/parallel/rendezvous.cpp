#include "train/parallel/rendezvous.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "src/core/error.h"
#include "src/core/program.h"

namespace facemat {
namespace {

constexpr const char* kNeeded[] = {"RANK", "WORLD_SIZE", "LOCAL_RANK", "MASTER_ADDR", "MASTER_PORT"};

int whole_number(const std::string& name, const std::string& text, int low, int high) {
  int value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  require(error == std::errc() && stop == end && low <= value && value <= high, "{} must be a whole number of {}..{}, got '{}'",
          name, low, high, text);
  return value;
}

bool is_this_machine(const std::string& address) {
  return address == "localhost" || address == "::1" || address.rfind("127.", 0) == 0;
}

}  // namespace

std::optional<Rendezvous> rendezvous_from(const Environment& environment) {
  const auto is_set = [&](const char* name) { return environment(name).has_value(); };
  const auto* any = std::find_if(std::begin(kNeeded), std::end(kNeeded), is_set);
  if (any == std::end(kNeeded)) return std::nullopt;
  const auto* absent = std::find_if_not(std::begin(kNeeded), std::end(kNeeded), is_set);
  require(
      absent == std::end(kNeeded),
      "{} is set but not {} (several processes need RANK, WORLD_SIZE, LOCAL_RANK, MASTER_ADDR and MASTER_PORT, a single one "
      "none of them)",
      *any, absent == std::end(kNeeded) ? "" : *absent);

  const auto number = [&](const char* name, int low, int high) { return whole_number(name, *environment(name), low, high); };
  Rendezvous r;
  r.size = number("WORLD_SIZE", 1, kMaxProcesses);
  r.rank = number("RANK", 0, r.size - 1);
  r.address = *environment("MASTER_ADDR");
  require(!r.address.empty(), "MASTER_ADDR is empty (a host name or an address is needed)");
  r.port = number("MASTER_PORT", 1, 65535);
  if (is_set("LOCAL_WORLD_SIZE")) {
    r.local_size = number("LOCAL_WORLD_SIZE", 1, r.size);
  } else if (is_this_machine(r.address)) {
    r.local_size = r.size;
  }
  r.local_rank = number("LOCAL_RANK", 0, is_set("LOCAL_WORLD_SIZE") ? r.local_size - 1 : r.size - 1);
  r.launcher_listens = environment("TORCHELASTIC_USE_AGENT_STORE") == "True";
  if (is_set("TORCHELASTIC_RESTART_COUNT")) r.attempt = number("TORCHELASTIC_RESTART_COUNT", 0, 1'000'000);
  return r;
}

std::optional<Rendezvous> rendezvous_from_environment() {
  return rendezvous_from([](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr) return std::nullopt;
    return value;
  });
}

int threads_per_process(const std::optional<Rendezvous>& rendezvous) {
  return std::max(1, hardware_threads() / (rendezvous ? rendezvous->local_size : 1));
}

}  // namespace facemat
