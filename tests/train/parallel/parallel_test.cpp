// Several processes learn what one would.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>

#include "src/core/file.h"
#include "src/core/json.h"
#include "src/model/weights/weights.h"
#include "tests/support/processes.h"
#include "tests/train/tiny_run.h"
#include "train/optim/optimizer.h"
#include "train/parallel/distributed.h"

namespace facemat {
namespace {

// A folder that all processes of a test share, removed by the first.
class SharedFolder {
 public:
  explicit SharedFolder(const Rendezvous& r)
      : path_(fs::path(testing::TempDir()) / fmt::format("facemat-parallel-{}", r.port)), owner_(r.rank == 0) {
    fs::create_directories(path_);
  }
  ~SharedFolder() {
    std::error_code ignored;
    if (owner_) fs::remove_all(path_, ignored);
  }
  SharedFolder(const SharedFolder&) = delete;
  SharedFolder& operator=(const SharedFolder&) = delete;
  fs::path operator/(const std::string& name) const { return path_ / name; }

 private:
  fs::path path_;
  bool owner_;
};

// Every kind of loss: plain means, a mean over a region, a likelihood, motion. Gradient descent, since Adam forgets a
// gradient's scale (a sum instead of a mean over processes would pass) and makes whole steps of the rounding of gradients that
// are zero (those of a bias before a batch norm), which two compilers round differently.
TrainConfig shared_config(int batch) {
  TrainConfig config = tiny_teacher();
  auto& rates = config.learning_rate;
  config.optimizer.name = "sgd", config.clip_gradient = 0;
  rates.backbone = rates.aspp = rates.decoder = rates.refiner = 3e-5;
  config.losses = {{"l1", 1}, {"l1_unknown", 1}, {"laplacian", 1}, {"beta_nll", 1}, {"coherence", 5}};
  config.batch = batch, config.steps = 20, config.log_every = 1, config.validate_every = 20, config.checkpoint_every = 20;
  return config;
}

NamedTensors weights_of(const fs::path& run) {
  const fs::path file = run / "checkpoints/step-00000020/model.safetensors";
  return decode_safetensors(read_file(file), file.string()).tensors;
}

std::vector<double> losses_of(const fs::path& run) {
  std::ifstream log(run / "log.jsonl");
  std::vector<double> losses;
  for (std::string line; std::getline(log, line);) {
    const auto json = nlohmann::json::parse(line);
    if (json.contains("loss")) losses.push_back(json.at("loss").get<double>());
  }
  return losses;
}

// Of losses and weights that differ by the order of summation alone.
constexpr double kRounding = 1e-5;

// The largest difference between the weights of each name.
std::map<std::string, double> distances(const fs::path& run, const fs::path& other) {
  const NamedTensors others = weights_of(other);
  std::map<std::string, double> largest;
  for (const auto& [name, tensor] : weights_of(run))
    if (tensor.is_floating_point()) largest[name] = (tensor - others.at(name)).abs().max().item<double>();
  return largest;
}

void expect_same_learning(const fs::path& run, const fs::path& other) {
  const auto losses = losses_of(run), expected = losses_of(other);
  ASSERT_EQ(losses.size(), 20u);
  ASSERT_EQ(expected.size(), 20u);
  for (size_t i = 0; i < losses.size(); ++i) EXPECT_NEAR(losses[i], expected[i], kRounding) << "step " << i + 1;
  for (const auto& [name, distance] : distances(run, other)) EXPECT_LE(distance, kRounding) << name;
}

// One of two processes: on one thread, with a folder both share and a file of data settings of its own.
struct Member {
  explicit Member(const Rendezvous& r) : folder(r) {
    torch::set_num_threads(1);
    write_file(own / "data.yaml", config_to_yaml(tiny_data()));
  }
  TrainRequest request(const std::string& run) const {
    TrainRequest request;
    request.data = own / "data.yaml", request.run = folder / run;
    return request;
  }
  SharedFolder folder;
  Scratch own;
};

TEST(Parallel, TwoProcessesEqualOneWithTwiceTheBatch) {
  in_processes(2, [](const Rendezvous& r) {
    const Member member(r);
    {
      const auto processes = join_processes(r, torch::kCPU);
      EXPECT_EQ(train(shared_config(1), member.request("two"), *silent(), *processes).steps, 20);
      processes->barrier();
    }
    if (r.rank != 0) return;
    train(shared_config(2), member.request("one"), *silent());
    expect_same_learning(member.folder / "two", member.folder / "one");
    train(shared_config(1), member.request("half"), *silent());  // the control: what the first would learn alone
    const auto apart = distances(member.folder / "two", member.folder / "half");
    EXPECT_TRUE(std::any_of(apart.begin(), apart.end(), [](const auto& d) { return d.second >= 100 * kRounding; }));
  });
}

// The limit holds for the gradient of all, not for each one's.
TEST(Parallel, TwoProcessesClipAsOneWithTwiceTheBatch) {
  in_processes(2, [](const Rendezvous& r) {
    const Member member(r);
    const auto clipped = [](int batch) {
      TrainConfig config = shared_config(batch);
      config.clip_gradient = 1;
      return config;
    };
    {
      const auto processes = join_processes(r, torch::kCPU);
      train(clipped(1), member.request("two"), *silent(), *processes);
      processes->barrier();
    }
    if (r.rank != 0) return;
    train(clipped(2), member.request("one"), *silent());
    expect_same_learning(member.folder / "two", member.folder / "one");
  });
}

TEST(Parallel, WhenOneFailsAllStop) {
  in_processes(2,
               [](const Rendezvous& r) {
                 const Member member(r);
                 TrainRequest request = member.request("run");
                 request.stop_after = r.rank == 1 ? 5 : 0;  // rank 1 leaves the run early
                 const auto processes = join_processes(r, torch::kCPU);
                 const std::string message = message_of([&] { train(shared_config(1), request, *silent(), *processes); });
                 EXPECT_THAT(message, testing::HasSubstr(r.rank == 0 ? "process" : "no error"));
               },
               {0, 0});
}

}  // namespace
}  // namespace facemat
