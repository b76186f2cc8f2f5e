// SPDX-License-Identifier: Apache-2.0
// sys/clone.cc - starting a child on a stack of its own. Runs in: both.
//
// A child that shares our memory must not return into frames that the parent goes on using, so it
// begins in a function of its own; that jump can't be said in C++.
#include "sys/process.h"

namespace davit::sys {

Sys<int> clone3_call(clone_args& args, void (*function)(void*), void* argument) {
    long ret;
#if defined(__x86_64__)
    register auto r8 asm("r8") = function;
    register auto r9 asm("r9") = argument;
    asm volatile("syscall\n\t"
                 "test %%rax, %%rax\n\t"
                 "jnz 1f\n\t"
                 "xor %%ebp, %%ebp\n\t"
                 "mov %%r9, %%rdi\n\t"
                 "call *%%r8\n\t"
                 "ud2\n"
                 "1:"
                 : "=a"(ret)
                 : "a"(SYS_clone3), "D"(&args), "S"(sizeof args), "r"(r8), "r"(r9)
                 : "rcx", "r11", "memory");
#elif defined(__aarch64__)
    register long x8 asm("x8") = SYS_clone3;
    register long x0 asm("x0") = reinterpret_cast<long>(&args);
    register long x1 asm("x1") = sizeof args;
    register auto x2 asm("x2") = function;
    register auto x3 asm("x3") = argument;
    asm volatile("svc 0\n\t"
                 "cbnz x0, 1f\n\t"
                 "mov x29, xzr\n\t"
                 "mov x0, x3\n\t"
                 "blr x2\n\t"
                 "brk 1\n"
                 "1:"
                 : "+r"(x0)
                 : "r"(x8), "r"(x1), "r"(x2), "r"(x3)
                 : "memory", "cc");
    ret = x0;
#elif defined(__riscv)
    register long a7 asm("a7") = SYS_clone3;
    register long a0 asm("a0") = reinterpret_cast<long>(&args);
    register long a1 asm("a1") = sizeof args;
    register auto a2 asm("a2") = function;
    register auto a3 asm("a3") = argument;
    asm volatile("ecall\n\t"
                 "bnez a0, 1f\n\t"
                 "mv s0, zero\n\t"
                 "mv a0, a3\n\t"
                 "jalr a2\n\t"
                 "ebreak\n"
                 "1:"
                 : "+r"(a0)
                 : "r"(a7), "r"(a1), "r"(a2), "r"(a3)
                 : "memory");
    ret = a0;
#endif
    if (ret < 0) return std::unexpected(Errno{static_cast<int>(-ret)});
    return static_cast<int>(ret);
}

} // namespace davit::sys
