/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image-guard.h"

#include <signal.h>
#include <sys/time.h>
#include <unistd.h>

static const int fatal[] = { SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGSYS, SIGTRAP, SIGPROF };

static int status = -1; /* not prepared */
static volatile sig_atomic_t on;
static struct sigaction before[G_N_ELEMENTS (fatal)];
static char stack[64 * 1024]; /* the usual one may be what overflowed */

static void
leave_process (int number)
{
  _exit (status);
}

void
image_guard_prepare (int exit_status)
{
  const stack_t other = { .ss_sp = stack, .ss_size = sizeof stack };

  status = exit_status;
  sigaltstack (&other, NULL);
}

void
image_guard_enter (guint ms)
{
  const struct itimerval timer = { .it_value = { .tv_sec = ms / 1000, .tv_usec = (ms % 1000) * 1000 } };
  struct sigaction action = { .sa_handler = leave_process, .sa_flags = SA_ONSTACK };

  if (status < 0)
    return;
  for (guint i = 0; i < G_N_ELEMENTS (fatal); i++)
    sigaction (fatal[i], &action, &before[i]);
  on = 1;
  setitimer (ITIMER_PROF, &timer, NULL);
}

void
image_guard_leave (void)
{
  const struct itimerval none = { 0 };

  if (status < 0)
    return;
  setitimer (ITIMER_PROF, &none, NULL); /* all that is left to do is short */
  on = 0;
  for (guint i = 0; i < G_N_ELEMENTS (fatal); i++)
    sigaction (fatal[i], &before[i], NULL);
}

int
image_guard_exit_status (int otherwise)
{
  return on ? status : otherwise;
}
