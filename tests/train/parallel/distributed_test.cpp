// Real processes that meet over the loopback address.

#include "train/parallel/distributed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netdb.h>
#include <signal.h>

#include <future>
#include <thread>

#include "tests/support/processes.h"
#include "tests/support/scratch.h"
#include "train/parallel/c10d_compat.h"

namespace facemat {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using testing::AllOf;
using testing::AnyOf;
using testing::HasSubstr;
using torch::Tensor;

// Longer than a test process may live: whoever learns of a lost process did not do so by waiting.
constexpr ProcessTimeouts kPatient = {minutes(10), minutes(10)};

// What the others see if rank 0 gives up while they wait, or before they come.
const auto kHostIsGone = AnyOf(HasSubstr("rank 0 has left before all"), HasSubstr("rank 0 does not answer at"));

std::unique_ptr<Processes> join(const Rendezvous& r, const ProcessTimeouts& timeouts = kPatient) {
  torch::set_num_threads(1);
  return join_processes(r, torch::kCPU, timeouts);
}

class Distributed : public testing::Test {
 protected:
  void SetUp() override {
#ifndef FACEMAT_GLOO
    GTEST_SKIP() << "built without Gloo";
#endif
  }
};

TEST(SingleProcess, IsThereWithoutARendezvousAndWithOneOfSizeOne) {
  for (const auto& rendezvous : {std::optional<Rendezvous>(), std::optional<Rendezvous>(Rendezvous())}) {
    const auto processes = join_processes(rendezvous, torch::kCPU);
    EXPECT_EQ(processes->rank(), 0);
    EXPECT_EQ(processes->size(), 1);
    const Tensor value = torch::tensor({1.f, 2.f});
    processes->sum({value});
    processes->broadcast({value});
    processes->barrier();
    EXPECT_TRUE(torch::equal(value, torch::tensor({1.f, 2.f})));
  }
}

#ifndef FACEMAT_GLOO
TEST(WithoutGloo, SeveralProcessesAreRefused) {
  Rendezvous r;
  r.size = 2;
  EXPECT_THAT(message_of([&] { join_processes(r, torch::kCPU); }), HasSubstr("WORLD_SIZE is 2, but this program was built"));
}
#endif

// What each test asks of two and of three processes: rank r holds (r + 1) times these values.
void expect_sums(const Rendezvous& r) {
  const auto processes = join(r);
  EXPECT_EQ(processes->rank(), r.rank);
  EXPECT_EQ(processes->size(), r.size);
  EXPECT_EQ(processes->first(), r.rank == 0);
  const int mine = r.rank + 1, all = r.size * (r.size + 1) / 2;
  const Tensor row = torch::tensor({1.f, -2.f, 0.5f}), scalar = torch::tensor(3.f), empty = torch::empty({0, 4});
  const Tensor a = row * mine, b = scalar * mine, c = empty.clone();
  processes->sum({a, b, c});
  EXPECT_TRUE(torch::equal(a, row * all)) << a;
  EXPECT_TRUE(torch::equal(b, scalar * all)) << b;
  EXPECT_EQ(c.sizes(), empty.sizes());
  processes->sum({});
}

TEST_F(Distributed, TwoProcessesSum) { in_processes(2, expect_sums); }
TEST_F(Distributed, ThreeProcessesSum) { in_processes(3, expect_sums); }
TEST_F(Distributed, MeetByNameOfTheLoopback) {
  if (::gethostbyname("localhost") == nullptr) GTEST_SKIP() << "this machine does not know the name localhost (no /etc/hosts)";
  in_processes(2, expect_sums, {}, "localhost");
}

TEST_F(Distributed, MeetOverTheChosenInterface) {
  in_processes(2, [](const Rendezvous& r) {
    ::setenv("GLOO_SOCKET_IFNAME", "lo", 1);
    expect_sums(r);
  });
}

TEST_F(Distributed, TheInterfaceIsChosenForAllOrNone) {
  in_processes(2, [](const Rendezvous& r) {
    if (r.rank == 1) ::setenv("GLOO_SOCKET_IFNAME", "lo", 1);
    EXPECT_THAT(message_of([&] { join(r); }), AnyOf(HasSubstr("rank 0 listens on 127.0.0.1, rank 1 on lo"),
                                                    HasSubstr("rank 1 listens on lo, rank 0 on 127.0.0.1"), kHostIsGone));
  });
}

TEST_F(Distributed, AnUnknownInterfaceIsNamed) {
  in_processes(1, [](Rendezvous r) {
    ::setenv("GLOO_SOCKET_IFNAME", "lo,nosuch0", 1);
    r.size = 2;
    EXPECT_THAT(message_of([&] { join(r); }), HasSubstr("GLOO_SOCKET_IFNAME names 'nosuch0', which is no network interface"));
  });
}

TEST_F(Distributed, EveryTypeIsSummedAndKept) {
  in_processes(2, [](const Rendezvous& r) {
    const auto processes = join(r);
    std::vector<Tensor> tensors;
    for (const auto type :
         {torch::kInt, torch::kFloat, torch::kByte, torch::kDouble, torch::kHalf, torch::kLong, torch::kBFloat16})
      tensors.push_back(torch::full({2, 3}, r.rank + 1, type));
    // Beyond what a float and a double hold, and less than what a float resolves.
    tensors.push_back(torch::full({1}, (int64_t{1} << 60) + r.rank, torch::kLong));
    tensors.push_back(torch::full({1}, 1 + 1e-12 * r.rank, torch::kDouble));
    processes->sum(tensors);
    for (size_t i = 0; i < 7; ++i)
      EXPECT_TRUE(torch::equal(tensors[i], torch::full({2, 3}, 3, tensors[i].scalar_type()))) << tensors[i];
    EXPECT_EQ(tensors[7].item<int64_t>(), (int64_t{1} << 61) + 1);
    EXPECT_DOUBLE_EQ(tensors[8].item<double>(), 2 + 1e-12);
    EXPECT_THAT(message_of([&] { processes->sum({torch::ones({2}, torch::kBool)}); }), HasSubstr("not Bool"));
  });
}

TEST_F(Distributed, TensorsMayBeViewsAndParameters) {
  in_processes(2, [](const Rendezvous& r) {
    const auto processes = join(r);
    const Tensor whole = torch::zeros({4, 6});
    whole.slice(1, 1, 3).fill_(r.rank + 1);
    const Tensor parameter = torch::full({3}, 1.f + r.rank).requires_grad_();
    processes->sum({whole.slice(1, 1, 3).t(), parameter});
    EXPECT_EQ(whole.sum().item<float>(), 4 * 2 * 3);
    EXPECT_TRUE(torch::equal(parameter.detach(), torch::full({3}, 3.f)));
    EXPECT_TRUE(parameter.is_leaf() && parameter.requires_grad());
  });
}

// The same bits everywhere and every time, though floats are summed and there is more than one buffer of them.
TEST_F(Distributed, SumsAreTheSameBitsInAllProcessesAndRuns) {
  in_processes(3, [](const Rendezvous& r) {
    const auto processes = join(r);
    torch::manual_seed(100 + r.rank);
    const std::vector<Tensor> mine = {torch::randn({5 << 20}), torch::randn({4 << 20}), torch::randn({1000}),
                                      torch::randn({7})};
    std::vector<Tensor> first, second;
    for (const Tensor& tensor : mine) first.push_back(tensor.clone()), second.push_back(tensor.clone());
    processes->sum(first);
    processes->sum(second);
    for (size_t i = 0; i < mine.size(); ++i) {
      EXPECT_TRUE(torch::equal(first[i], second[i]));
      const Tensor of_rank_0 = first[i].clone(), exact = mine[i].to(torch::kDouble);
      processes->broadcast({of_rank_0});
      EXPECT_TRUE(torch::equal(first[i], of_rank_0));
      processes->sum({exact});
      EXPECT_LT((first[i] - exact).abs().max().item<double>(), 2e-6);
    }
  });
}

TEST_F(Distributed, BroadcastGivesAllWhatRankZeroHas) {
  in_processes(3, [](const Rendezvous& r) {
    const auto processes = join(r);
    const Tensor weights = torch::full({5, 2}, 0.1f * (r.rank + 1)), steps = torch::full({1}, 70 + r.rank, torch::kLong);
    processes->broadcast({weights, steps});
    EXPECT_TRUE(torch::equal(weights, torch::full({5, 2}, 0.1f)));
    EXPECT_EQ(steps.item<int64_t>(), 70);
  });
}

// Nobody passes the barrier before the last has come to it: then all have left their mark.
TEST_F(Distributed, BarrierWaitsForTheLast) {
  in_processes(3, [](const Rendezvous& r) {
    const auto processes = join(r);
    const auto mark = [&](int rank) { return fs::path(testing::TempDir()) / fmt::format("facemat-{}-{}", r.port, rank); };
    std::this_thread::sleep_for(std::chrono::milliseconds(100 * r.rank));
    write_file(mark(r.rank), "here");
    processes->barrier();
    for (int rank = 0; rank < r.size; ++rank) EXPECT_TRUE(fs::exists(mark(rank))) << rank;
    processes->barrier();
    fs::remove(mark(r.rank));
  });
}

#ifdef FACEMAT_GLOO
c10d::TCPStore store_at(const Rendezvous& r, bool listens) {
  c10d::TCPStoreOptions options;
  options.port = static_cast<uint16_t>(r.port);
  options.isServer = listens;
  options.waitWorkers = false;
  use_plain_server(options);
  return c10d::TCPStore(r.address, options);
}

// The last process plays torchrun, which listens on MASTER_PORT for two others and starts them twice.
TEST_F(Distributed, TheLauncherMayListenForARunAndItsRestart) {
  in_processes(3, [](Rendezvous r) {
    if (r.rank == 2) {
      c10d::TCPStore store = store_at(r, true);
      while (store.add("done", 0) < 2) std::this_thread::sleep_for(std::chrono::milliseconds(20));
      return;
    }
    r.size = 2, r.launcher_listens = true;
    for (r.attempt = 0; r.attempt < 2; ++r.attempt) expect_sums(r);
    store_at(r, false).add("done", 1);
  });
}
#endif

// ---- training ----

struct Tiny : torch::nn::Module {
  torch::nn::Conv2d first{register_module("first", torch::nn::Conv2d(torch::nn::Conv2dOptions(2, 4, 3).padding(1)))};
  torch::nn::Conv2d second{register_module("second", torch::nn::Conv2d(torch::nn::Conv2dOptions(4, 1, 3).padding(1)))};
  Tensor forward(const Tensor& x) { return second(torch::tanh(first(x))); }
};

// The weights after some steps of SGD on clips `begin`..`end` of 4, with gradients averaged over `processes`.
std::vector<Tensor> train(Processes& processes, int begin, int end) {
  torch::manual_seed(7);
  const Tensor inputs = torch::randn({4, 2, 8, 8}), targets = torch::randn({4, 1, 8, 8});
  torch::manual_seed(processes.rank());  // each its own start: the broadcast mends it
  Tiny network;
  processes.broadcast(network.parameters());
  torch::optim::SGD optimizer(network.parameters(), torch::optim::SGDOptions(0.1).momentum(0.9));
  for (int step = 0; step < 10; ++step) {
    optimizer.zero_grad();
    torch::mse_loss(network.forward(inputs.slice(0, begin, end)), targets.slice(0, begin, end)).backward();
    std::vector<Tensor> gradients;
    for (const Tensor& parameter : network.parameters()) gradients.push_back(parameter.grad());
    processes.sum(gradients);
    for (Tensor& gradient : gradients) gradient.div_(processes.size());
    optimizer.step();
  }
  return network.parameters();
}

TEST_F(Distributed, TwoHalvesOfABatchTrainLikeTheWhole) {
  in_processes(2, [](const Rendezvous& r) {
    const auto processes = join(r);
    const auto alone = single_process();
    const std::vector<Tensor> whole = train(*alone, 0, 4), half = train(*processes, 2 * r.rank, 2 * r.rank + 2);
    ASSERT_EQ(whole.size(), 4u);
    for (size_t i = 0; i < whole.size(); ++i) EXPECT_LT((whole[i] - half[i]).abs().max().item<double>(), 1e-6) << i;
    // Each on its own half ends elsewhere.
    const std::vector<Tensor> own = train(*alone, 2 * r.rank, 2 * r.rank + 2);
    EXPECT_GT((whole[0] - own[0]).abs().max().item<double>(), 1e-3);
  });
}

// ---- what goes wrong ----

constexpr const char* kStopped = "another process of this run has stopped or does not answer (rank ";

void expect_to_learn_of_the_loss(Processes& processes) {
  EXPECT_THAT(message_of([&] { processes.barrier(); }), HasSubstr(kStopped));
  EXPECT_THAT(message_of([&] { processes.sum({torch::ones({1 << 20})}); }), HasSubstr(kStopped));
}

TEST_F(Distributed, AProcessThatEndsIsNoticed) {
  in_processes(2,
               [](const Rendezvous& r) {
                 const auto processes = join(r);
                 if (r.rank == 1) std::_Exit(7);
                 expect_to_learn_of_the_loss(*processes);
               },
               {0, 7});
}

TEST_F(Distributed, TheFirstProcessThatIsKilledIsNoticedByAll) {
  in_processes(3,
               [](const Rendezvous& r) {
                 const auto processes = join(r);
                 if (r.rank == 0) ::raise(SIGKILL);
                 expect_to_learn_of_the_loss(*processes);
               },
               {-SIGKILL, 0, 0});
}

TEST_F(Distributed, AProcessKilledDuringASumIsNoticedByAll) {
  in_processes(3,
               [](const Rendezvous& r) {
                 const auto processes = join(r);
                 std::thread killer;
                 if (r.rank == 1) {
                   killer = std::thread([] {
                     std::this_thread::sleep_for(std::chrono::milliseconds(200));
                     ::raise(SIGKILL);
                   });
                 }
                 const Tensor values = torch::ones({1 << 20});
                 EXPECT_THAT(message_of([&] {
                               for (;;) processes->sum({values});
                             }),
                             HasSubstr(kStopped));
               },
               {0, -SIGKILL, 0});
}

TEST_F(Distributed, AnErrorInOneProcessIsAnErrorInAll) {
  in_processes(3,
               [](const Rendezvous& r) {
                 const auto processes = join(r);
                 if (r.rank == 1) fail("no space left");
                 expect_to_learn_of_the_loss(*processes);
               },
               {0, 1, 0});
}

TEST_F(Distributed, WhoDoesNotAnswerInTimeIsGivenUp) {
  in_processes(2, [](const Rendezvous& r) {
    const auto processes = join(r, {minutes(10), seconds(3)});
    if (r.rank == 1) {
      std::this_thread::sleep_for(seconds(6));
      return;
    }
    EXPECT_THAT(message_of([&] { processes->barrier(); }), HasSubstr(kStopped));
  });
}

TEST_F(Distributed, ARankThatNeverComesIsNamed) {
  in_processes(3, [](const Rendezvous& r) {
    if (r.rank == 1) return;
    const std::string message = message_of([&] { join(r, {seconds(2), minutes(10)}); });
    const auto names_it = HasSubstr("rank 1 of 3 has not joined within 2 s");
    if (r.rank == 0) {
      EXPECT_THAT(message, names_it);
    } else {
      EXPECT_THAT(message, AnyOf(names_it, kHostIsGone));
    }
  });
}

TEST_F(Distributed, RankZeroThatNeverComesIsNamed) {
  in_processes(2, [](const Rendezvous& r) {
    if (r.rank == 0) return;
    EXPECT_THAT(message_of([&] {
                  join(r, {seconds(2), minutes(10)});
                }),
                HasSubstr(fmt::format("rank 0 does not answer at MASTER_ADDR 127.0.0.1, MASTER_PORT {}, within 2 s", r.port)));
  });
}

TEST_F(Distributed, APortInUseIsNamedOnce) {
  FreePort port;
  port.listen();
  Rendezvous r;
  r.size = 2, r.address = "127.0.0.1", r.port = port.number();
  testing::internal::CaptureStderr();
  const std::string message = message_of([&] { join(r); });
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");  // LibTorch's own words about it
  EXPECT_THAT(message, HasSubstr(fmt::format("MASTER_PORT {} is in use on this machine", port.number())));
}

TEST_F(Distributed, AnUnknownMachineIsNamed) {
  Rendezvous r;
  r.size = 2, r.rank = 1, r.address = "no.such.machine.invalid", r.port = 29500;
  EXPECT_THAT(message_of([&] { join(r); }), HasSubstr("MASTER_ADDR 'no.such.machine.invalid' is not known here"));
}

TEST_F(Distributed, ARankThatIsThereTwiceIsNamed) {
  const FreePort port;
  const auto message_of_rank = [&](int rank) {
    Rendezvous r;
    r.rank = rank, r.size = 3, r.address = "127.0.0.1", r.port = port.number();
    return std::async(std::launch::async, [r] { return message_of([&] { join(r, {seconds(3), minutes(10)}); }); });
  };
  auto host = message_of_rank(0), one = message_of_rank(1), other = message_of_rank(1);
  EXPECT_THAT(host.get(), HasSubstr("rank 2 of 3 has not joined within 3 s"));
  const std::vector<std::string> twins = {one.get(), other.get()};
  EXPECT_THAT(twins, testing::Contains(HasSubstr("two processes of this run have RANK 1")).Times(1));
}

TEST_F(Distributed, SizesThatDifferAreNamed) {
  in_processes(2, [](Rendezvous r) {
    if (r.rank == 1) r.size = 3;
    EXPECT_THAT(message_of([&] { join(r); }), AnyOf(HasSubstr("(all must agree)"), kHostIsGone));
  });
}

}  // namespace
}  // namespace facemat
