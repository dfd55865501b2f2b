/*
 * Runs single floating-point instructions on the host's own processor.
 *
 *   host-fp list    the names of the instructions, one a line; the line's number is the instruction's
 *   host-fp sse     reads SseCase records until end of file and writes each back with its outcome
 *   host-fp x87     the same for X87Case
 *
 * Little-endian, no padding beyond what the structures show. Built by the tests: gcc -O1 -o host-fp host-fp.c
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <ucontext.h>

struct SseCase {
    uint32_t op, mxcsr;
    uint64_t a, b, result;
    uint32_t mxcsrAfter, trapped;
};

struct X87Case {
    uint16_t op, control, status, statusAfter;
    uint32_t tags, tagsAfter;
    uint8_t st0[16], st1[16], mem[16];
    uint8_t st0After[16], st1After[16], memAfter[16];
};

static sigjmp_buf escape;
static volatile uint32_t trapMxcsr;

static void onFpe(int signal, siginfo_t *info, void *context) {
    (void) signal;
    (void) info;
    trapMxcsr = ((ucontext_t *) context)->uc_mcontext.fpregs->mxcsr;
    siglongjmp(escape, 1);
}

#define TO_XMM(name, insn) X(name, insn "\n movq %%xmm0,%%rax")
#define PAIR(name) TO_XMM(name "ss", name "ss %%xmm1,%%xmm0") TO_XMM(name "sd", name "sd %%xmm1,%%xmm0")
#define CMP(n) TO_XMM("cmpss" #n, "cmpss $" #n ",%%xmm1,%%xmm0") TO_XMM("cmpsd" #n, "cmpsd $" #n ",%%xmm1,%%xmm0")
#define COM(name) X(name, name " %%xmm1,%%xmm0\n lahf\n movzbl %%ah,%%eax\n and $0x45,%%eax")
#define TOINT(name) X(name "32", name " %%xmm0,%%eax") X(name "64", name " %%xmm0,%%rax")
#define FROMINT(name) \
    TO_XMM(name "32", "xorps %%xmm0,%%xmm0\n " name "l %k[a],%%xmm0") \
    TO_XMM(name "64", "xorps %%xmm0,%%xmm0\n " name "q %[a],%%xmm0")
#define ROUND(n) TO_XMM("roundss" #n, "roundss $" #n ",%%xmm0,%%xmm0") TO_XMM("roundsd" #n, "roundsd $" #n ",%%xmm0,%%xmm0")

#define SSE_OPS \
    PAIR("add") PAIR("sub") PAIR("mul") PAIR("div") PAIR("min") PAIR("max") \
    TO_XMM("sqrtss", "sqrtss %%xmm0,%%xmm0") TO_XMM("sqrtsd", "sqrtsd %%xmm0,%%xmm0") \
    CMP(0) CMP(1) CMP(2) CMP(3) CMP(4) CMP(5) CMP(6) CMP(7) \
    COM("comiss") COM("comisd") COM("ucomiss") COM("ucomisd") \
    TO_XMM("cvtss2sd", "cvtss2sd %%xmm0,%%xmm0") TO_XMM("cvtsd2ss", "cvtsd2ss %%xmm0,%%xmm0") \
    FROMINT("cvtsi2ss") FROMINT("cvtsi2sd") \
    TOINT("cvtss2si") TOINT("cvttss2si") TOINT("cvtsd2si") TOINT("cvttsd2si") \
    ROUND(0) ROUND(1) ROUND(2) ROUND(3) ROUND(4) ROUND(8) ROUND(9) ROUND(10) ROUND(11) ROUND(12) \
    TO_XMM("rcpss", "rcpss %%xmm0,%%xmm0") TO_XMM("rsqrtss", "rsqrtss %%xmm0,%%xmm0")

#define M(name) X(name, name " (%2)")
#define R(name) X(name, name)
#define X87_OPS \
    X("fadd", "fadd %%st(1),%%st") X("fsub", "fsub %%st(1),%%st") X("fsubr", "fsubr %%st(1),%%st") \
    X("fmul", "fmul %%st(1),%%st") X("fdiv", "fdiv %%st(1),%%st") X("fdivr", "fdivr %%st(1),%%st") \
    R("fsqrt") R("frndint") R("fscale") R("fxtract") R("fprem") R("fprem1") R("fabs") R("fchs") R("fxam") R("ftst") \
    X("fcom", "fcom %%st(1)") X("fucom", "fucom %%st(1)") \
    R("fldz") R("fld1") R("fldpi") R("fldl2t") R("fldl2e") R("fldlg2") R("fldln2") \
    R("f2xm1") R("fyl2x") R("fyl2xp1") R("fptan") R("fpatan") R("fsin") R("fcos") R("fsincos") \
    M("flds") M("fldl") M("fldt") M("filds") M("fildl") M("fildll") M("fbld") \
    M("fsts") M("fstl") M("fstpt") M("fists") M("fistl") M("fistpll") M("fbstp") \
    M("fisttps") M("fisttpl") M("fisttpll") \
    M("fadds") M("faddl") M("fsubs") M("fsubl") M("fmuls") M("fmull") M("fdivs") M("fdivl") M("fcoms") M("fcoml") \
    M("fiadds") M("fiaddl") M("fidivrl") M("ficoml") M("fsubrl") M("fdivrs")

#define X(name, insn) name,
static const char *const names[] = {SSE_OPS X87_OPS};
#undef X

static void sse(struct SseCase *c) {
    static const uint32_t masked = 0x1f80;
    if (sigsetjmp(escape, 0)) {
        c->result = 0;
        c->mxcsrAfter = trapMxcsr;
        c->trapped = 1;
        return;
    }
    c->trapped = 0;
    uint32_t at = 0;
#define X(name, insn) \
    if (at++ == c->op) { \
        __asm__ volatile("movq %[a],%%xmm0\n movq %[b],%%xmm1\n ldmxcsr %[m]\n " insn \
                "\n mov %%rax,%[r]\n stmxcsr %[o]\n ldmxcsr %[q]" \
                : [r] "=m"(c->result), [o] "=m"(c->mxcsrAfter) \
                : [a] "r"(c->a), [b] "r"(c->b), [m] "m"(c->mxcsr), [q] "m"(masked) \
                : "rax", "xmm0", "xmm1", "cc", "memory"); \
        return; \
    }
    SSE_OPS
#undef X
}

static uint8_t image[512] __attribute__((aligned(64)));

static void x87(struct X87Case *c) {
    uint32_t mxcsr = 0x1f80;
    memset(image, 0, sizeof image);
    memcpy(image, &c->control, 2);
    memcpy(image + 2, &c->status, 2);
    image[4] = (uint8_t) c->tags;
    memcpy(image + 24, &mxcsr, 4);
    memcpy(image + 32, c->st0, 10);
    memcpy(image + 48, c->st1, 10);
    memcpy(c->memAfter, c->mem, 16);
    uint32_t at = sizeof names / sizeof names[0];
    uint32_t sseOps = 0;
#define X(name, insn) at--;
    X87_OPS
#undef X
    sseOps = at;
    at = sseOps;
#define X(name, insn) \
    if (at++ == c->op) \
        __asm__ volatile("fxrstor (%0)\n " insn "\n fxsave (%0)\n fninit" \
                : : "r"(image), "r"(0), "r"(c->memAfter) \
                : "memory", "cc", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", \
                  "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");
    X87_OPS
#undef X
    memcpy(&c->statusAfter, image + 2, 2);
    c->tagsAfter = image[4];
    memset(c->st0After, 0, 16);
    memset(c->st1After, 0, 16);
    memcpy(c->st0After, image + 32, 10);
    memcpy(c->st1After, image + 48, 10);
}

int main(int argc, char **argv) {
    if (argc == 2 && !strcmp(argv[1], "list")) {
        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
            puts(names[i]);
        return 0;
    }
    if (argc == 2 && !strcmp(argv[1], "sse")) {
        struct sigaction action;
        memset(&action, 0, sizeof action);
        action.sa_sigaction = onFpe;
        action.sa_flags = SA_SIGINFO | SA_NODEFER;
        sigaction(SIGFPE, &action, NULL);
        struct SseCase c;
        while (fread(&c, sizeof c, 1, stdin) == 1) {
            sse(&c);
            fwrite(&c, sizeof c, 1, stdout);
        }
        return 0;
    }
    if (argc == 2 && !strcmp(argv[1], "x87")) {
        struct X87Case c;
        while (fread(&c, sizeof c, 1, stdin) == 1) {
            x87(&c);
            fwrite(&c, sizeof c, 1, stdout);
        }
        return 0;
    }
    fputs("usage: host-fp list|sse|x87\n", stderr);
    return 2;
}
