/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Linked with one layer whole and only what lies below it: a call upward is a link error, used or not. */
int
main (void)
{
  return 0;
}
