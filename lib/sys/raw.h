// SPDX-License-Identifier: Apache-2.0
// sys/raw.h - the system call instruction of each architecture. Runs in: both.
//
// It avoids the C library: init has none, and in the parent the library's wrappers for credentials
// signal every thread of the caller's process. Only sys/ includes this file.
#pragma once

#include <sys/syscall.h>

#include <cstddef>
#include <type_traits>

#include "base/errno.h"

namespace davit::sys::raw {

#if defined(__x86_64__)
inline long syscall6(long nr, long a, long b, long c, long d, long e, long f) {
    long ret;
    register long r10 asm("r10") = d;
    register long r8 asm("r8") = e;
    register long r9 asm("r9") = f;
    asm volatile("syscall"
                 : "=a"(ret)
                 : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                 : "rcx", "r11", "memory");
    return ret;
}
/// Makes a second thread: it calls run(argument) on another stack; run must not return.
inline long clone_onto(unsigned long flags, void* stack, void (*run)(void*), void* argument) {
    long ret;
    register long r10 asm("r10") = 0;
    register long r8 asm("r8") = 0;
    asm volatile("syscall\n\t"
                 "test %%rax, %%rax\n\t"
                 "jnz 1f\n\t"
                 "mov %[argument], %%rdi\n\t"
                 "call *%[run]\n\t"
                 "ud2\n"
                 "1:"
                 : "=a"(ret)
                 : "a"(SYS_clone), "D"(flags), "S"(stack), "d"(0L), "r"(r10),
                   "r"(r8), [run] "r"(run), [argument] "r"(argument)
                 : "rcx", "r11", "memory", "cc");
    return ret;
}
#elif defined(__aarch64__)
inline long syscall6(long nr, long a, long b, long c, long d, long e, long f) {
    register long x8 asm("x8") = nr;
    register long x0 asm("x0") = a;
    register long x1 asm("x1") = b;
    register long x2 asm("x2") = c;
    register long x3 asm("x3") = d;
    register long x4 asm("x4") = e;
    register long x5 asm("x5") = f;
    asm volatile("svc 0"
                 : "+r"(x0)
                 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
                 : "memory", "cc");
    return x0;
}
inline long clone_onto(unsigned long flags, void* stack, void (*run)(void*), void* argument) {
    register long x8 asm("x8") = SYS_clone;
    register long x0 asm("x0") = static_cast<long>(flags);
    register void* x1 asm("x1") = stack;
    register long x2 asm("x2") = 0;
    register long x3 asm("x3") = 0;
    register long x4 asm("x4") = 0;
    asm volatile("svc 0\n\t"
                 "cbnz x0, 1f\n\t"
                 "mov x0, %[argument]\n\t"
                 "blr %[run]\n\t"
                 "brk #1\n"
                 "1:"
                 : "+r"(x0)
                 : "r"(x8), "r"(x1), "r"(x2), "r"(x3),
                   "r"(x4), [run] "r"(run), [argument] "r"(argument)
                 : "memory", "cc");
    return x0;
}
#elif defined(__riscv) && __riscv_xlen == 64
inline long syscall6(long nr, long a, long b, long c, long d, long e, long f) {
    register long a7 asm("a7") = nr;
    register long a0 asm("a0") = a;
    register long a1 asm("a1") = b;
    register long a2 asm("a2") = c;
    register long a3 asm("a3") = d;
    register long a4 asm("a4") = e;
    register long a5 asm("a5") = f;
    asm volatile("ecall"
                 : "+r"(a0)
                 : "r"(a7), "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a5)
                 : "memory");
    return a0;
}
inline long clone_onto(unsigned long flags, void* stack, void (*run)(void*), void* argument) {
    register long a7 asm("a7") = SYS_clone;
    register long a0 asm("a0") = static_cast<long>(flags);
    register void* a1 asm("a1") = stack;
    register long a2 asm("a2") = 0;
    register long a3 asm("a3") = 0;
    register long a4 asm("a4") = 0;
    asm volatile("ecall\n\t"
                 "bnez a0, 1f\n\t"
                 "mv a0, %[argument]\n\t"
                 "jalr %[run]\n\t"
                 "ebreak\n"
                 "1:"
                 : "+r"(a0)
                 : "r"(a7), "r"(a1), "r"(a2), "r"(a3),
                   "r"(a4), [run] "r"(run), [argument] "r"(argument)
                 : "memory");
    return a0;
}
#else
#error "davit knows x86_64, aarch64 and riscv64: add syscall6() for this one"
#endif

template <class T>
long word(T value) {
    if constexpr (std::is_pointer_v<T>)
        return reinterpret_cast<long>(value);
    else if constexpr (std::is_null_pointer_v<T>)
        return 0;
    else
        return static_cast<long>(value);
}

/// The kernel's answer: a value, or the errno.
template <class... Args>
Sys<long> call(long nr, Args... args) {
    static_assert(sizeof...(args) <= 6);
    long words[6] = {word(args)...};
    long const ret = syscall6(nr, words[0], words[1], words[2], words[3], words[4], words[5]);
    if (ret < 0 && ret >= -4095) [[unlikely]]
        return std::unexpected(Errno{static_cast<int>(-ret)});
    return ret;
}

/// For calls that return nothing but failure.
template <class... Args>
Sys<> done(long nr, Args... args) {
    auto const ret = call(nr, args...);
    if (!ret) [[unlikely]]
        return std::unexpected(ret.error());
    return {};
}

/// For calls that return a number of bytes.
template <class... Args>
Sys<std::size_t> sized(long nr, Args... args) {
    auto const ret = call(nr, args...);
    if (!ret) [[unlikely]]
        return std::unexpected(ret.error());
    return static_cast<std::size_t>(*ret);
}

/// For calls that return a new fd.
template <class FdType, class... Args>
Sys<FdType> opened(long nr, Args... args) {
    auto const ret = call(nr, args...);
    if (!ret) [[unlikely]]
        return std::unexpected(ret.error());
    return FdType(static_cast<int>(*ret));
}

} // namespace davit::sys::raw
