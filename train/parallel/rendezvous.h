#pragma once
// Where the processes of a run meet, as the program that starts them says in the environment (torchrun itself; for srun, mpirun
// and a plain shell see train/README.md, "Several processes").

#include <functional>
#include <optional>
#include <string>

namespace facemat {

struct Rendezvous {
  int rank = 0;         // RANK: which process this is, 0..size-1
  int size = 1;         // WORLD_SIZE: how many there are, 1..kMaxProcesses
  int local_rank = 0;   // LOCAL_RANK: which of its machine's processes, 0..local_size-1; its CUDA device
  int local_size = 1;   // LOCAL_WORLD_SIZE: processes on this machine; if not set, all when MASTER_ADDR is this machine, else 1
  std::string address;  // MASTER_ADDR: name or address of the machine of rank 0
  int port = 0;         // MASTER_PORT: a free TCP port there, 1..65535
  // torchrun may listen on MASTER_PORT itself (TORCHELASTIC_USE_AGENT_STORE); else rank 0 does.
  bool launcher_listens = false;
  int attempt = 0;  // TORCHELASTIC_RESTART_COUNT: how often torchrun has started the processes anew
};

inline constexpr int kMaxProcesses = 4096;

// The value of an environment variable; none if it is not set.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

// None if none of RANK, WORLD_SIZE, LOCAL_RANK, MASTER_ADDR and MASTER_PORT is set: a process on its own. Throws Error, which
// names the variable and what is allowed, if only some are or one is malformed.
std::optional<Rendezvous> rendezvous_from(const Environment& environment);

// The same for the environment of this process.
std::optional<Rendezvous> rendezvous_from_environment();

// This process's fair share of the machine's hardware threads, at least 1.
int threads_per_process(const std::optional<Rendezvous>& rendezvous);

}  // namespace facemat
