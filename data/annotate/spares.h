#pragma once
// Things that are costly to open and serve one worker at a time: as many as there are workers, each used again.

#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace facemat {

template <typename Thing>
class Spares {
 public:
  using Make = std::function<std::unique_ptr<Thing>()>;

  // The first is made here, so that what is missing is known at once.
  explicit Spares(Make make) : make_(std::move(make)) { idle_.push_back(make_()); }

  // Runs `work(thing)` with one that nobody else has meanwhile.
  template <typename Work>
  auto with(const Work& work) {
    struct Loan {
      Spares& spares;
      std::unique_ptr<Thing> thing;
      ~Loan() { spares.give_back(std::move(thing)); }
    } loan{*this, take()};
    return work(*loan.thing);
  }

 private:
  std::unique_ptr<Thing> take() {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (!idle_.empty()) {
        std::unique_ptr<Thing> out = std::move(idle_.back());
        idle_.pop_back();
        return out;
      }
    }
    return make_();
  }

  void give_back(std::unique_ptr<Thing> thing) {
    const std::lock_guard<std::mutex> lock(mutex_);
    idle_.push_back(std::move(thing));
  }

  Make make_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Thing>> idle_;
};

}  // namespace facemat
