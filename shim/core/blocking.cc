// SPDX-License-Identifier: Apache-2.0
// shim/core/blocking.cc - short-lived threads. pthread_create(3), mmap(2), tgkill(2).
#include "core/blocking.h"

#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>

namespace davit::shim {

namespace {

namespace asio = boost::asio;

/// Not a stack of the C library: that keeps it for the next thread, with all pages ever touched.
class Stack {
  public:
#if defined(__SANITIZE_THREAD__) // the sanitizer keeps much of a thread's data there
    static constexpr std::size_t size = 4096 * 1024;
#else
    static constexpr std::size_t size = 512 * 1024;
#endif
    static constexpr std::size_t guard = 4096 * 16; // the largest pages that Linux has

    Stack()
        : begin_(::mmap(nullptr, size + guard, PROT_NONE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0)) {
        if (*this && ::mprotect(begin(), size, PROT_READ | PROT_WRITE) != 0) {
            (void)::munmap(begin_, size + guard); // no memory for it
            begin_ = MAP_FAILED;
        }
    }
    Stack(Stack const&) = delete;
    Stack& operator=(Stack const&) = delete;
    ~Stack() {
        if (*this) (void)::munmap(begin_, size + guard);
    }
    explicit operator bool() const { return begin_ != MAP_FAILED; }
    [[nodiscard]] void* begin() const { return static_cast<char*>(begin_) + guard; }

  private:
    void* begin_;
};

class Thread {
  public:
    Thread(asio::any_io_executor loop, void (*run)(void*), void* argument)
        : loop_(std::move(loop)),
          done_(loop_, std::chrono::steady_clock::time_point::max()),
          run_(run),
          argument_(argument) {
        (void)::sem_init(&go_, 0, 0);
    }

    bool begin() {
        if (!stack_) return false;
        pthread_attr_t how;
        if (::pthread_attr_init(&how) != 0) return false;
        bool const begun = ::pthread_attr_setstack(&how, stack_.begin(), Stack::size) == 0
                           && ::pthread_create(
                                  &thread_, &how,
                                  [](void* self) -> void* {
                                      static_cast<Thread*>(self)->work();
                                      return nullptr;
                                  },
                                  this)
                                  == 0;
        (void)::pthread_attr_destroy(&how);
        return begun;
    }

    asio::awaitable<void> end() {
        (void)co_await done_.async_wait(asio::as_tuple(asio::use_awaitable));
        (void)::sem_post(&go_);
        (void)::pthread_join(thread_, nullptr);
        // The kernel wakes us before it gives the thread's children to ours; once it no longer
        // knows the thread's number, it has given them. [linux/kernel/exit.c: exit_mm, exit_notify,
        // release_task]
        while (::tgkill(::getpid(), number_, 0) == 0) (void)::sched_yield();
    }

  private:
    void work() {
        number_ = ::gettid();
        run_(argument_);
        asio::post(loop_, [this] { done_.cancel(); });
        // As this thread ends, the kernel gives its children to the loop's thread. That thread must
        // be waiting for it by then, else it would meet an unknown child.
        while (::sem_wait(&go_) != 0) {
        } // EINTR
    }

    asio::any_io_executor loop_;
    asio::steady_timer done_;
    sem_t go_; ///< not std::binary_semaphore: that yields first, 3 ms on a busy machine
    Stack stack_;
    pthread_t thread_{};
    pid_t number_ = 0;
    void (*run_)(void*);
    void* argument_;
};

} // namespace

asio::awaitable<void> run_aside(void (*run)(void*), void* argument) {
    Thread thread(co_await asio::this_coro::executor, run, argument);
    if (thread.begin())
        co_await thread.end();
    else
        run(argument);
}

} // namespace davit::shim
