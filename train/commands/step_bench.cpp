#include "train/commands/step_bench.h"

#include <sys/socket.h>
#include <sys/wait.h>
#include <torch/csrc/jit/frontend/tracer.h>
#include <torch/csrc/jit/ir/constants.h>
#include <torch/csrc/jit/ir/ir.h>
#include <torch/torch.h>
#include <unistd.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <numeric>

#include "src/core/error.h"
#include "src/core/measure.h"
#include "src/core/program.h"
#include "src/model/compute/prepare.h"
#include "src/model/networks/models.h"
#include "train/feed/batch.h"
#include "train/losses/losses.h"
#include "train/optim/optimizer.h"
#include "train/optim/precision.h"
#include "train/run/learner.h"

namespace facemat {
namespace {

struct Way {
  const char *name, *precision;
  bool plain, keeps_memory;
  Execution execution;
};
constexpr Way kWays[] = {{"plain", "fp32", true, false, {false, false}},
                         {"fused", "fp32", false, true, {true, false}},
                         {"recomputed", "fp32", false, false, {true, true}},
                         {"fused, bf16", "bf16", false, true, {true, false}}};

torch::Tensor random_clips(const StepBenchOptions& o, int64_t channels) {
  return torch::rand({o.batch, o.frames, channels, o.size, o.size});
}

// Those that the network needs.
Guides random_guides(const TrainConfig& config, const StepBenchOptions& o) {
  const std::vector<std::string> names = guides_of(config);
  Guides guides;
  for (const GuideEntry& guide : guide_table())
    if (std::count(names.begin(), names.end(), guide.name) > 0) guide.of(guides) = random_clips(o, guide.channels());
  return guides;
}

// The network and optimiser of one way, taking steps on one random batch.
class StepRunner {
 public:
  StepRunner(const TrainConfig& config, const StepBenchOptions& options, const Way& way)
      : config_(config), precision_(way.precision), network_(make_model(config.model, Rng(config.seed))) {
    network_->set_execution(way.execution);
    network_->train();
    if (way.plain) {
      plain_ = std::make_unique<torch::optim::Adam>(network_->parameters(), torch::optim::AdamOptions(1e-4));
    } else {
      NamedTensors parameters;
      for (const auto& item : network_->named_parameters()) parameters[item.key()] = item.value();
      ours_ = std::make_unique<PartOptimizer>(parameters, config.optimizer, config.learning_rate, config.steps);
    }
    frames_ = random_clips(options, 3);
    guides_ = random_guides(config, options);
    inputs_.frames = frames_, inputs_.guides = guides_;
    inputs_.target = random_clips(options, 1);
    inputs_.unknown = torch::ones_like(inputs_.target);
    inputs_.true_foreground = random_clips(options, 3);
    inputs_.true_background = inputs_.occluder = random_clips(options, 4);
  }

  StepTimes step() {
    StepTimes times;
    const double processor = processor_seconds();
    Stopwatch watch;
    const Prediction prediction = predict();
    times.forward = watch.lap();
    put_predicted(prediction, inputs_);
    const LossValue loss = total_loss(config_.losses, inputs_, config_.loss_options);
    times.loss = watch.lap();
    plain_ ? plain_->zero_grad() : ours_->zero_gradients();
    loss.total.backward();
    times.backward = watch.lap();
    plain_ ? static_cast<void>(plain_->step()) : static_cast<void>(ours_->step(count_++));
    times.optimizer = watch.lap();
    times.processor = processor_seconds() - processor;
    return times;
  }

 private:
  Prediction predict() {
    const Autocast autocast(torch::kCPU, precision_);
    return network_->forward(frames_, guides_, {}, /*ratio=*/1);
  }

  const TrainConfig& config_;
  std::string precision_;
  std::shared_ptr<MattingNetwork> network_;
  std::unique_ptr<torch::optim::Adam> plain_;
  std::unique_ptr<PartOptimizer> ours_;
  int64_t count_ = 0;
  torch::Tensor frames_;
  Guides guides_;
  LossInputs inputs_;
};

struct Reply {
  StepTimes times;
  double peak_mib = 0;
};

// A child process that takes a step and replies for each byte it is sent, until the connection is shut down.
class StepProcess {
 public:
  StepProcess(const TrainConfig& config, const StepBenchOptions& options, const Way& way) : name_(way.name) {
    int ends[2];
    require(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0, "no connection to a measuring process can be made");
    child_ = ::fork();
    require(child_ >= 0, "no measuring process can be started");
    if (child_ == 0) ::_exit(serve(config, options, way, ends[1]));
    ::close(ends[1]);
    connection_ = ends[0];
  }
  ~StepProcess() {
    ::shutdown(connection_, SHUT_RDWR);
    ::close(connection_);
    ::waitpid(child_, nullptr, 0);
  }
  StepProcess(const StepProcess&) = delete;
  StepProcess& operator=(const StepProcess&) = delete;

  Reply step() {
    Reply reply;
    const bool answered = ::send(connection_, "s", 1, MSG_NOSIGNAL) == 1 &&
                          ::recv(connection_, &reply, sizeof reply, MSG_WAITALL) == sizeof reply;
    require(answered, "the process that measures '{}' ended early (is there memory enough?)", name_);
    return reply;
  }

 private:
  static int serve(const TrainConfig& config, const StepBenchOptions& options, const Way& way, int connection) try {
    if (way.keeps_memory) keep_freed_memory();
    prepare_libtorch(options.threads);
    StepRunner runner(config, options, way);
    for (char order = 0; ::recv(connection, &order, 1, 0) == 1;) {
      const StepTimes times = runner.step();
      const Reply reply{times, mebibytes(peak_memory())};
      if (::send(connection, &reply, sizeof reply, MSG_NOSIGNAL) != sizeof reply) return 1;
    }
    return 0;
  } catch (const std::exception&) {
    return 1;  // the parent misses the reply
  }

  std::string name_;
  pid_t child_ = -1;
  int connection_ = -1;
};

double numbers_of(const torch::jit::Value* value) {
  const auto sizes = value->type()->expectRef<c10::TensorType>().sizes().concrete_sizes();
  require(sizes.has_value(), "a traced convolution has no sizes");
  return std::accumulate(sizes->begin(), sizes->end(), 1.0, std::multiplies<>());
}

// 2 x output numbers x weights of one output channel, summed over a graph's convolutions; of transposed ones 2 x input numbers
// x weights of one input channel.
double convolution_operations(const torch::jit::Graph& graph) {
  double operations = 0;
  for (const torch::jit::Node* node : graph.nodes()) {
    if (node->kind() != c10::aten::_convolution) continue;
    const auto weight = node->input(1)->type()->expectRef<c10::TensorType>().sizes().concrete_sizes();
    const bool transposed = torch::jit::constant_as<bool>(node->input(6)).value_or(false);
    const double numbers = numbers_of(transposed ? node->input(0) : node->output());
    operations += 2 * numbers * numbers_of(node->input(1)) / static_cast<double>(weight->front());
  }
  return operations;
}

}  // namespace

std::vector<StepBench> bench_steps(const TrainConfig& config, const StepBenchOptions& options, Progress& progress) {
  std::vector<std::unique_ptr<StepProcess>> processes;
  std::vector<StepBench> results;
  for (const Way& way : kWays) {
    processes.push_back(std::make_unique<StepProcess>(config, options, way));
    results.push_back({way.name, {}, 0});
  }
  const int64_t total = static_cast<int64_t>(processes.size()) * (options.steps + 1);
  int64_t done = 0;
  for (int step = 0; step <= options.steps; ++step)
    for (size_t i = 0; i < processes.size(); ++i) {
      const Reply reply = processes[i]->step();
      if (step > 0) results[i].steps.push_back(reply.times);  // the first one also compiles kernels
      results[i].peak_mib = reply.peak_mib;
      progress.update(++done, total);
    }
  return results;
}

double convolution_gflop(const TrainConfig& config, const StepBenchOptions& options) {
  const torch::NoGradGuard no_grad;
  const auto network = make_model(config.model, Rng(config.seed));
  for (auto& parameter : network->parameters()) parameter.set_requires_grad(false);  // the tracer takes them as constants
  const auto frames = torch::rand({options.batch * options.frames, 3, options.size, options.size});
  Guides guides = random_guides(config, options);
  for (const GuideEntry& guide : guide_table())
    if (torch::Tensor& map = guide.of(guides); map.defined()) map = map.flatten(0, 1);
  const auto forward = [&](torch::jit::Stack inputs) {
    const torch::jit::tracer::NoWarn quiet;
    return torch::jit::Stack{network->forward(inputs[0].toTensor(), guides, {}, /*ratio=*/1).alpha};
  };
  const auto no_name = [](const torch::autograd::Variable&) { return std::string(); };
  const auto traced = torch::jit::tracer::trace({frames}, forward, no_name, /*strict=*/true, /*force_outplace=*/true);
  return 3e-9 * convolution_operations(*traced.first->graph);
}

double convolution_peak(const StepBenchOptions& options) {
  constexpr int64_t kChannels = 256, kSide = 64, kTimes = 20;
  const torch::NoGradGuard no_grad;
  prepare_libtorch(options.threads);
  const auto x = torch::rand({4, kChannels, kSide, kSide}).contiguous(torch::MemoryFormat::ChannelsLast);
  const auto weight = torch::rand({kChannels, kChannels, 3, 3});
  double best = std::numeric_limits<double>::infinity();
  for (int i = 0; i < kTimes; ++i) {
    const Stopwatch watch;
    torch::conv2d(x, weight, {}, /*stride=*/1, /*padding=*/1);
    best = std::min(best, watch.seconds());
  }
  return 2e-9 * static_cast<double>(x.numel() * kChannels * 9) / best;
}

double bench_loader(const std::filesystem::path& path, const TrainConfig& config, const StepBenchOptions& options) {
  const Dataset dataset = Dataset::open(path);
  const DatasetSplit& split = dataset.split(config.split);
  const Stopwatch watch;
  int64_t frames = 0;
  for (int step = 0; step < options.steps; ++step)
    for (int i = 0; i < options.batch; ++i)
      frames += collate({split.clip((step * options.batch + i) % split.size())}).frames.size(1);
  return static_cast<double>(frames) / watch.seconds();
}

}  // namespace facemat
