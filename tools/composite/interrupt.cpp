#include "tools/composite/interrupt.h"

#include <iterator>

namespace facemat {
namespace {

volatile std::sig_atomic_t noted = 0;
void note(int) { noted = 1; }

constexpr int kSignals[] = {SIGINT, SIGTERM, SIGPIPE};

}  // namespace

InterruptGuard::InterruptGuard() {
  noted = 0;
  for (size_t i = 0; i < std::size(kSignals); ++i) {
    struct sigaction action = {};
    action.sa_handler = kSignals[i] == SIGPIPE ? SIG_IGN : note;
    action.sa_flags = SA_RESTART | (kSignals[i] == SIGPIPE ? 0 : static_cast<int>(SA_RESETHAND));
    ::sigaction(kSignals[i], &action, &before_[i]);
  }
}

InterruptGuard::~InterruptGuard() {
  for (size_t i = 0; i < std::size(kSignals); ++i) ::sigaction(kSignals[i], &before_[i], nullptr);
}

bool InterruptGuard::interrupted() { return noted != 0; }

}  // namespace facemat
