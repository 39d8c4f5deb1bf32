#pragma once
// A page in headless Chromium, driven over the DevTools protocol through a pipe: JSON messages ended by a zero byte, written to
// the browser's descriptor 3 and read from its descriptor 4. No port, no other program.
//
//   Browser browser(*Browser::find(), scratch.path());
//   browser.open(file);
//   EXPECT_EQ(browser.evaluate("document.title"), "...");
//   EXPECT_THAT(browser.complaints(), IsEmpty());

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "src/core/error.h"
#include "src/core/json.h"

namespace facemat {

namespace fs = std::filesystem;

class Browser {
 public:
  using Json = nlohmann::json;

  // Chromium in $PATH, under any of its names.
  static std::optional<fs::path> find() {
    const char* path = std::getenv("PATH");
    const std::string folders = path ? path : "";
    for (const char* name : {"chromium", "chromium-browser", "google-chrome"})
      for (size_t begin = 0, end; begin < folders.size(); begin = end + 1) {
        end = std::min(folders.find(':', begin), folders.size());
        const fs::path file = fs::path(folders.substr(begin, end - begin)) / name;
        if (::access(file.c_str(), X_OK) == 0) return file;
      }
    return std::nullopt;
  }

  // `home`: an existing folder for its profile and caches. Throws Error if it does not answer.
  Browser(const fs::path& program, const fs::path& home) {
    ::signal(SIGPIPE, SIG_IGN);  // a browser that is gone is an Error, not the end of the test program
    int to[2], from[2];
    require(::pipe2(to, O_CLOEXEC) == 0 && ::pipe2(from, O_CLOEXEC) == 0, "no pipe");
    const std::string directory = "--user-data-dir=" + (home / "profile").string(), folder = "HOME=" + home.string();
    const std::string log = (home / "browser.log").string();
    process_ = ::fork();
    require(process_ >= 0, "no process");
    if (process_ == 0) run(program.string(), directory, folder, log, to[0], from[1]);
    ::close(to[0]), ::close(from[1]);
    to_ = to[1], from_ = from[0];
    const Json target = call("Target.createTarget", {{"url", "about:blank"}});
    session_ = call("Target.attachToTarget", {{"targetId", target.at("targetId")}, {"flatten", true}}).at("sessionId");
    for (const char* domain : {"Page", "Runtime", "Log", "Network"}) call(std::string(domain) + ".enable");
    call("Page.setLifecycleEventsEnabled", {{"enabled", true}});
  }

  ~Browser() {
    ::close(to_), ::close(from_);  // which ends it
    bool ended = false;
    for (int i = 0; i < 100 && !ended; ++i) {
      ended = ::waitpid(process_, nullptr, WNOHANG) == process_;
      if (!ended) std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    ::kill(-process_, SIGKILL);  // its helpers, which are of its group, and itself if it hangs
    if (!ended) ::waitpid(process_, nullptr, 0);
  }
  Browser(const Browser&) = delete;
  Browser& operator=(const Browser&) = delete;

  // A command's result. Throws Error with the browser's words if it fails, or without an answer in kLimit.
  Json call(const std::string& method, const Json& parameters = Json::object()) {
    Json message = {{"id", ++last_id_}, {"method", method}, {"params", parameters}};
    if (!session_.empty()) message["sessionId"] = session_;
    send(message.dump());
    for (;;) {
      const Json answer = receive();
      if (answer.value("id", 0) != last_id_) continue;
      require(!answer.contains("error"), "{}: {}", method, answer.contains("error") ? answer.at("error").dump() : "");
      return answer.at("result");
    }
  }

  // Loads a file and waits until all of it is there. What was seen of the page before is forgotten.
  void open(const fs::path& file) {
    load("about:blank");
    events_.clear();
    load(url_ = "file://" + fs::absolute(file).string());
  }

  // The value of an expression in the page; waits for a promise. Throws Error if it throws.
  Json evaluate(const std::string& expression) {
    const Json answer = call("Runtime.evaluate", {{"expression", expression}, {"returnByValue", true}, {"awaitPromise", true}});
    require(!answer.contains("exceptionDetails"), "{}: {}", expression,
            answer.contains("exceptionDetails") ? answer.at("exceptionDetails").dump() : "");
    return answer.at("result").value("value", Json());
  }

  // After what the page does next, and two pictures of it, is done.
  void settle() { evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))"); }

  void set_width(int width, int height = 900) {
    call("Emulation.setDeviceMetricsOverride",
         {{"width", width}, {"height", height}, {"deviceScaleFactor", 1}, {"mobile", width < 600}});
    settle();
  }

  void set_dark(bool dark) {
    call("Emulation.setEmulatedMedia",
         {{"features", {{{"name", "prefers-color-scheme"}, {"value", dark ? "dark" : "light"}}}}});
    settle();
  }

  // Presses and lets go of a key as a user does: "Enter", "ArrowRight", "Tab", " ".
  void press(const std::string& key) {
    const int code = key == "Enter" ? 13 : key == "Tab" ? 9 : key == "ArrowLeft" ? 37 : key == "ArrowRight" ? 39 : key[0];
    Json event = {{"type", "keyDown"}, {"key", key}, {"code", key}, {"windowsVirtualKeyCode", code}};
    if (key == "Enter") event["text"] = "\r";
    call("Input.dispatchKeyEvent", event);
    event["type"] = "keyUp", event.erase("text");
    call("Input.dispatchKeyEvent", event);
    settle();
  }

  // Clicks at the middle of the first element that fits, as a user does.
  void click(const std::string& selector) {
    const Json at =
        evaluate("(() => { const e = document.querySelector(" + Json(selector).dump() +
                 "); e.scrollIntoView({block: 'center', behavior: 'instant'}); const b = e.getBoundingClientRect(); "
                 "return [b.x + b.width / 2, b.y + b.height / 2]; })()");
    for (const char* type : {"mousePressed", "mouseReleased"})
      call("Input.dispatchMouseEvent",
           {{"type", type}, {"x", at.at(0)}, {"y", at.at(1)}, {"button", "left"}, {"buttons", 1}, {"clickCount", 1}});
    settle();
  }

  // PNG bytes in base64 of the whole page.
  std::string screenshot() {
    return call("Page.captureScreenshot", {{"format", "png"}, {"captureBeyondViewport", true}}).at("data");
  }

  // What the page did wrong since open(): console messages of level warning or error, exceptions, the browser's own complaints,
  // and requests for anything but the file and what is inside it.
  std::vector<std::string> complaints() {
    settle();
    std::vector<std::string> found;
    for (const Json& event : events_) {
      const std::string method = event.at("method");
      const Json& p = event.at("params");
      if (method == "Runtime.exceptionThrown") found.push_back("exception: " + p.at("exceptionDetails").dump());
      if (method == "Runtime.consoleAPICalled" &&
          (p.at("type") == "error" || p.at("type") == "warning" || p.at("type") == "assert"))
        found.push_back("console: " + p.at("args").dump());
      if (method == "Log.entryAdded" && (p.at("entry").at("level") == "error" || p.at("entry").at("level") == "warning"))
        found.push_back("log: " + p.at("entry").at("text").get<std::string>());
      if (method == "Network.requestWillBeSent") {
        const std::string url = p.at("request").at("url");
        if (url != url_ && url.rfind("data:", 0) != 0) found.push_back("request: " + url);
      }
    }
    return found;
  }

 private:
  static constexpr int kLimit = 60'000;  // milliseconds without a word of the browser

  // In the new process, where only system calls are safe.
  [[noreturn]] static void run(const std::string& program, const std::string& directory, const std::string& home,
                               const std::string& log, int in, int out) {
    ::setsid();
    const int high_in = ::fcntl(in, F_DUPFD, 10), high_out = ::fcntl(out, F_DUPFD, 10);
    ::dup2(high_in, 3), ::dup2(high_out, 4);
    ::close(high_in), ::close(high_out);
    const int file = ::open(log.c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0644);
    ::dup2(file, STDOUT_FILENO), ::dup2(file, STDERR_FILENO);
    ::putenv(const_cast<char*>(home.c_str()));
    ::execl(program.c_str(), program.c_str(), "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
            "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--hide-scrollbars", "--remote-debugging-pipe", directory.c_str(), "about:blank", nullptr);
    ::_exit(127);
  }

  void send(const std::string& text) {
    const std::string bytes = text + '\0';
    for (size_t done = 0; done < bytes.size();) {
      const ssize_t count = ::write(to_, bytes.data() + done, bytes.size() - done);
      require(count > 0, "the browser is gone: {}", std::strerror(errno));
      done += static_cast<size_t>(count);
    }
  }

  // The next message; events are kept.
  Json receive() {
    for (;;) {
      if (const size_t end = buffer_.find('\0', searched_); end != std::string::npos) {
        Json message = Json::parse(buffer_.substr(0, end));
        buffer_.erase(0, end + 1), searched_ = 0;
        if (message.contains("method")) events_.push_back(message);
        return message;
      }
      searched_ = buffer_.size();
      pollfd waiting{from_, POLLIN, 0};
      require(::poll(&waiting, 1, kLimit) > 0, "the browser does not answer");
      char bytes[65536];
      const ssize_t count = ::read(from_, bytes, sizeof bytes);
      require(count > 0, "the browser is gone");
      buffer_.append(bytes, static_cast<size_t>(count));
    }
  }

  // The document of this navigation, not the one before, has all it needs.
  void load(const std::string& url) {
    const Json loader = call("Page.navigate", {{"url", url}}).at("loaderId");
    const auto done = [&](const Json& event) {
      return event.at("method") == "Page.lifecycleEvent" && event.at("params").at("loaderId") == loader &&
             event.at("params").at("name") == "load";
    };
    while (std::none_of(events_.begin(), events_.end(), done)) receive();
  }

  pid_t process_ = -1;
  int to_ = -1, from_ = -1, last_id_ = 0;
  size_t searched_ = 0;  // bytes of the buffer that hold no end
  std::string session_, url_, buffer_;
  std::vector<Json> events_;
};

}  // namespace facemat
