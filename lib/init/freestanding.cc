// SPDX-License-Identifier: Apache-2.0
// init/freestanding.cc - what a program without a C library needs. Runs in: init.
//
// Not part of the hosted build (-Dinit=hosted): there the C library and its sanitizers do this.
#include <cstddef>

#include "init/init.h"

extern "C" {

// The compiler calls these on its own. -fno-tree-loop-distribute-patterns (gcc; clang knows their
// names) keeps it from turning each of them into a call of itself.
void* memcpy(void* to, void const* from, std::size_t size) {
    auto* t = static_cast<char*>(to);
    auto const* f = static_cast<char const*>(from);
    while (size--) *t++ = *f++;
    return to;
}
void* memmove(void* to, void const* from, std::size_t size) {
    auto* t = static_cast<char*>(to);
    auto const* f = static_cast<char const*>(from);
    if (t < f)
        while (size--) *t++ = *f++;
    else
        while (size--) t[size] = f[size];
    return to;
}
void* memset(void* to, int byte, std::size_t size) {
    auto* t = static_cast<char*>(to);
    while (size--) *t++ = static_cast<char>(byte);
    return to;
}
int memcmp(void const* a, void const* b, std::size_t size) {
    auto const* x = static_cast<unsigned char const*>(a);
    auto const* y = static_cast<unsigned char const*>(b);
    for (; size--; ++x, ++y)
        if (*x != *y) return *x < *y ? -1 : 1;
    return 0;
}
int bcmp(void const* a, void const* b, std::size_t size) { return memcmp(a, b, size); } // clang's
std::size_t strlen(char const* s) {
    std::size_t n = 0;
    while (s[n]) ++n;
    return n;
}
int close(int fd) { return davit::sys::raw::done(SYS_close, fd) ? 0 : -1; }
__attribute__((noreturn)) void abort() { __builtin_trap(); }

/// The stack as the kernel leaves it: argc, then argv.
[[noreturn, gnu::used]] void davit_init_start(long const* stack) {
    auto const* const argv = reinterpret_cast<char const* const*>(stack + 1);
    int channel = 0;
    for (char const* digit = stack[0] > 1 ? argv[1] : ""; *digit; ++digit)
        channel = channel * 10 + (*digit - '0');
    davit::init::main(channel);
}

} // extern "C"

#if defined(__x86_64__)
asm(".globl _start\n_start:\n\txor %ebp, %ebp\n\tmov %rsp, %rdi\n\tand $-16, %rsp\n\tcall "
    "davit_init_start\n\tud2\n");
#elif defined(__aarch64__)
asm(".globl _start\n_start:\n\tmov x29, xzr\n\tmov x30, xzr\n\tmov x0, sp\n\tbl "
    "davit_init_start\n\tbrk 1\n");
#elif defined(__riscv)
asm(".globl _start\n_start:\n\t.option push\n\t.option norelax\n\tla gp, "
    "__global_pointer$\n\t.option pop\n"
    "\tmv s0, zero\n\tmv a0, sp\n\tcall davit_init_start\n\tebreak\n");
#endif
