#include "train/parallel/distributed.h"

#include <net/if.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fmt/ranges.h>

#include <cstdlib>
#include <functional>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "src/core/error.h"
#include "train/parallel/c10d_compat.h"

namespace facemat {

#ifndef FACEMAT_GLOO

std::unique_ptr<Processes> join_processes(const std::optional<Rendezvous>& rendezvous, const torch::Device&,
                                          const ProcessTimeouts&) {
  require(!rendezvous || rendezvous->size == 1,
          "WORLD_SIZE is {}, but this program was built without Gloo, which several processes need (WORLD_SIZE must be 1)",
          rendezvous ? rendezvous->size : 1);
  return single_process();
}

#else

namespace {

using std::chrono::milliseconds;
using torch::Tensor;
using Clock = std::chrono::steady_clock;

// Tensors travel together in buffers of this size: one exchange of many values costs about as much as one of a few.
constexpr int64_t kBucketBytes = 25 << 20;

// The heart of a message from c10d or Gloo: its first line, without the place in their source that Gloo puts before it.
std::string reason(const std::exception& error) {
  const auto* torch_error = dynamic_cast<const c10::Error*>(&error);
  const std::string text = library_reason(torch_error ? torch_error->what_without_backtrace() : error.what());
  const size_t place = text.rfind('[', 0) == 0 ? text.find("] ") : std::string::npos;
  return place == std::string::npos ? text : text.substr(place + 2);
}

double seconds(milliseconds time) { return std::chrono::duration<double>(time).count(); }

// ---- where this process listens ----

bool is_loopback(const std::string& address) { return address == "::1" || address.rfind("127.", 0) == 0; }

// The address from which a UDP socket would send to `target`; connecting it sends nothing. Empty if there is no way there.
std::string sender_address(const addrinfo& target) {
  const int descriptor = ::socket(target.ai_family, SOCK_DGRAM, 0);
  if (descriptor < 0) return {};
  sockaddr_storage own{};
  socklen_t length = sizeof(own);
  auto* const address = reinterpret_cast<sockaddr*>(&own);
  const bool found =
      ::connect(descriptor, target.ai_addr, target.ai_addrlen) == 0 && ::getsockname(descriptor, address, &length) == 0;
  ::close(descriptor);
  char text[NI_MAXHOST] = "";
  if (!found || ::getnameinfo(address, length, text, sizeof(text), nullptr, 0, NI_NUMERICHOST) != 0) return {};
  return text;
}

// This machine's address on the way to MASTER_ADDR.
std::string own_address(const Rendezvous& r) {
  addrinfo hints{}, *targets = nullptr;
  hints.ai_socktype = SOCK_DGRAM;
  const int status = ::getaddrinfo(r.address.c_str(), std::to_string(r.port).c_str(), &hints, &targets);
  require(status == 0, "MASTER_ADDR '{}' is not known here: {}", r.address, ::gai_strerror(status));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(targets, &::freeaddrinfo);
  for (const addrinfo* target = targets; target != nullptr; target = target->ai_next) {
    const std::string address = sender_address(*target);
    if (!address.empty()) return address;
  }
  fail("no network leads to MASTER_ADDR '{}'", r.address);
}

// GLOO_SOCKET_IFNAME: names of network interfaces, comma-separated; none if it is not set.
std::vector<std::string> chosen_interfaces() {
  const char* names = std::getenv("GLOO_SOCKET_IFNAME");
  std::istringstream stream(names == nullptr ? "" : names);
  std::vector<std::string> interfaces;
  for (std::string name; std::getline(stream, name, ',');) {
    require(::if_nametoindex(name.c_str()) != 0, "GLOO_SOCKET_IFNAME names '{}', which is no network interface of this machine",
            name);
    interfaces.push_back(name);
  }
  return interfaces;
}

// Where this process listens: the chosen interfaces, else its address.
std::string listening_place(const Rendezvous& r) {
  const std::vector<std::string> interfaces = chosen_interfaces();
  return interfaces.empty() ? own_address(r) : fmt::format("{}", fmt::join(interfaces, ","));
}

// ---- meeting ----

// While it lives LibTorch logs nothing to standard error: what the store logs comes back as an exception as well.
class WithoutLog {
 public:
  WithoutLog() { FLAGS_caffe2_log_level = kFatal; }
  ~WithoutLog() { FLAGS_caffe2_log_level = level_; }
  WithoutLog(const WithoutLog&) = delete;
  WithoutLog& operator=(const WithoutLog&) = delete;

 private:
  static constexpr int kFatal = 3;
  int level_ = FLAGS_caffe2_log_level;
};

// Who listens on MASTER_PORT.
const char* host_of(const Rendezvous& r) { return r.launcher_listens ? "the launcher" : "rank 0"; }

c10::intrusive_ptr<c10d::Store> open_store(const Rendezvous& r, milliseconds timeout) {
  const bool listens = r.rank == 0 && !r.launcher_listens;
  c10d::TCPStoreOptions options;
  options.port = static_cast<uint16_t>(r.port);
  options.isServer = listens;
  options.waitWorkers = false;
  options.timeout = timeout;
  use_plain_server(options);
  const WithoutLog quiet;
  try {
    auto store = c10::make_intrusive<c10d::TCPStore>(r.address, options);
    return c10::make_intrusive<c10d::PrefixStore>(fmt::format("facemat/{}", r.attempt), std::move(store));
  } catch (const std::exception& error) {
    const std::string text = reason(error);
    require(!listens || text.find("ddress already in use") == std::string::npos,
            "MASTER_PORT {} is in use on this machine (choose another, the same for all processes)", r.port);
    if (listens) fail("rank 0 cannot listen on MASTER_PORT {}: {}", r.port, text);
    fail("{} does not answer at MASTER_ADDR {}, MASTER_PORT {}, within {} s: {}", host_of(r), r.address, r.port,
         seconds(timeout), text);
  }
}

struct Member {
  int size = 0;       // its WORLD_SIZE
  std::string place;  // where it listens
};

std::string member_key(int rank) { return fmt::format("member/{}", rank); }

void announce(c10d::Store& store, const Rendezvous& r, const Member& self) {
  require(store.add(fmt::format("processes/{}", r.rank), 1) == 1, "two processes of this run have RANK {} (each needs its own)",
          r.rank);
  const std::string text = fmt::format("{} {}", self.size, self.place);
  store.set(member_key(r.rank), std::vector<uint8_t>(text.begin(), text.end()));
}

Member wait_for_member(c10d::Store& store, const Rendezvous& r, int rank, Clock::time_point deadline, milliseconds timeout) {
  while (!store.check({member_key(rank)})) {
    require(Clock::now() < deadline, "rank {} of {} has not joined within {} s (rank {} waits for it at {}:{})", rank, r.size,
            seconds(timeout), r.rank, r.address, r.port);
    std::this_thread::sleep_for(milliseconds(20));
  }
  const std::vector<uint8_t> text = store.get(member_key(rank));
  Member member;
  std::istringstream(std::string(text.begin(), text.end())) >> member.size >> member.place;
  return member;
}

void check_fits(const Rendezvous& r, const Member& self, int rank, const Member& other) {
  require(other.size == self.size, "rank {} says WORLD_SIZE {}, rank {} says {} (all must agree)", rank, other.size, r.rank,
          self.size);
  require(is_loopback(other.place) == is_loopback(self.place),
          "rank {} listens on {}, rank {} on {}, of which only one can be reached from other machines (MASTER_ADDR must be an "
          "address that all reach, or GLOO_SOCKET_IFNAME name the network interface, in all processes)",
          rank, other.place, r.rank, self.place);
}

// Returns when all processes of the run have announced themselves in the store.
void meet(c10d::Store& store, const Rendezvous& r, const Member& self, milliseconds timeout) try {
  const auto deadline = Clock::now() + timeout;
  announce(store, r, self);
  for (int rank = 0; rank < r.size; ++rank) check_fits(r, self, rank, wait_for_member(store, r, rank, deadline, timeout));
} catch (const Error&) {
  throw;
} catch (const std::exception& error) {
  fail("{} has left before all {} processes had joined: {}", host_of(r), r.size, reason(error));
}

// ---- the group ----

c10::intrusive_ptr<CollectiveGroup> gloo_group(const c10::intrusive_ptr<c10d::Store>& store, const Rendezvous& r,
                                               milliseconds timeout) {
  using Gloo = c10d::ProcessGroupGloo;
  auto options = Gloo::Options::create(timeout);
  for (const std::string& name : chosen_interfaces()) options->devices.push_back(Gloo::createDeviceForInterface(name));
  if (options->devices.empty()) options->devices.push_back(Gloo::createDeviceForHostname(own_address(r)));
  return c10::make_intrusive<Gloo>(store, r.rank, r.size, options);
}

#ifdef FACEMAT_NCCL
c10::intrusive_ptr<CollectiveGroup> nccl_group(const c10::intrusive_ptr<c10d::Store>& store, const Rendezvous& r,
                                               milliseconds timeout) {
  auto options = c10d::ProcessGroupNCCL::Options::create();
  options->timeout = timeout;
  return c10::make_intrusive<c10d::ProcessGroupNCCL>(store, r.rank, r.size, options);
}
#endif

// ---- tensors to buffers and back ----

// The type in which a tensor travels and is summed: double as it is, other floats as float, whole numbers as int64.
torch::Dtype wire_type(const Tensor& tensor) {
  const torch::Dtype type = tensor.scalar_type();
  if (type == torch::kDouble) return torch::kDouble;
  if (c10::isFloatingType(type)) return torch::kFloat;
  require(c10::isIntegralType(type, /*includeBool=*/false), "processes exchange floats and whole numbers, not {}",
          c10::toString(type));
  return torch::kLong;
}

using Bucket = std::vector<Tensor>;

// Tensors of one wire type, in the given order, in buckets that are closed when they hold kBucketBytes or more.
std::vector<Bucket> buckets_of(const std::vector<Tensor>& tensors, torch::Dtype type) {
  std::vector<Bucket> buckets;
  int64_t bytes = kBucketBytes;
  for (const Tensor& tensor : tensors) {
    if (wire_type(tensor) != type || tensor.numel() == 0) continue;
    if (bytes >= kBucketBytes) buckets.emplace_back(), bytes = 0;
    buckets.back().push_back(tensor);
    bytes += tensor.numel() * static_cast<int64_t>(c10::elementSize(type));
  }
  return buckets;
}

Tensor flatten(const Bucket& bucket, torch::Dtype type, const torch::Device& device) {
  std::vector<Tensor> parts;
  for (const Tensor& tensor : bucket) parts.push_back(tensor.reshape({-1}).to(device, type));
  return torch::cat(parts);
}

void copy_back(const Tensor& flat, const Bucket& bucket) {
  int64_t begin = 0;
  for (Tensor tensor : bucket) {
    tensor.copy_(flat.slice(0, begin, begin + tensor.numel()).view(tensor.sizes()));
    begin += tensor.numel();
  }
}

class GroupOfProcesses : public Processes {
 public:
  GroupOfProcesses(int rank, int size, c10::intrusive_ptr<CollectiveGroup> group, const torch::Device& device)
      : rank_(rank), size_(size), group_(std::move(group)), device_(device) {}

  int rank() const override { return rank_; }
  int size() const override { return size_; }

  void sum(const std::vector<Tensor>& tensors) override {
    exchange(tensors, [this](std::vector<Tensor>& flat) { return group_->allreduce(flat); });
  }
  void broadcast(const std::vector<Tensor>& tensors) override {
    exchange(tensors, [this](std::vector<Tensor>& flat) { return group_->broadcast(flat); });
  }
  // A sum is complete when all have given their part; reading it waits for the device too. (NCCL's own barrier has to guess the
  // device.)
  void barrier() override {
    const Tensor present = torch::ones({1}, torch::TensorOptions(device_).dtype(torch::kLong));
    sum({present});
    present.item<int64_t>();
  }

 private:
  using Operation = std::function<c10::intrusive_ptr<c10d::Work>(std::vector<Tensor>&)>;

  void exchange(const std::vector<Tensor>& tensors, const Operation& operation) {
    const torch::NoGradGuard no_grad;
    for (const torch::Dtype type : {torch::kDouble, torch::kFloat, torch::kLong}) {
      for (const Bucket& bucket : buckets_of(tensors, type)) {
        std::vector<Tensor> flat = {flatten(bucket, type, device_)};
        wait_for(operation, flat);
        copy_back(flat[0], bucket);
      }
    }
  }

  void wait_for(const Operation& operation, std::vector<Tensor>& flat) {
    try {
      operation(flat)->wait();
    } catch (const std::exception& error) {
      fail("another process of this run has stopped or does not answer (rank {} cannot reach it): {}", rank_, reason(error));
    }
  }

  int rank_, size_;
  c10::intrusive_ptr<CollectiveGroup> group_;
  torch::Device device_;  // of the buffers
};

std::unique_ptr<Processes> connect(const c10::intrusive_ptr<c10d::Store>& store, const Rendezvous& r,
                                   const torch::Device& device, milliseconds timeout) {
#ifdef FACEMAT_NCCL
  if (device.is_cuda()) return std::make_unique<GroupOfProcesses>(r.rank, r.size, nccl_group(store, r, timeout), device);
#endif
  return std::make_unique<GroupOfProcesses>(r.rank, r.size, gloo_group(store, r, timeout), torch::kCPU);
}

}  // namespace

std::unique_ptr<Processes> join_processes(const std::optional<Rendezvous>& rendezvous, const torch::Device& device,
                                          const ProcessTimeouts& timeouts) {
  if (!rendezvous || rendezvous->size == 1) return single_process();
  const Rendezvous& r = *rendezvous;
  const Member self = {r.size, listening_place(r)};
  const auto store = open_store(r, timeouts.join);
  meet(*store, r, self, timeouts.join);
  try {
    auto processes = connect(store, r, device, timeouts.collective);
    processes->barrier();  // nobody leaves before all are connected
    return processes;
  } catch (const std::exception& error) {
    fail("rank {} of {} cannot connect to the others: {}", r.rank, r.size, reason(error));
  }
}

#endif  // FACEMAT_GLOO

}  // namespace facemat
