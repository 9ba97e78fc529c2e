/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Drops files on a window as a file manager would, without moving the pointer.
 *
 *     xdnd-drop WINDOW URI...
 *
 * Exits with 0 if the window took them, 1 if it refused, 2 if it did not answer.  Protocol: XDND 5. */
#include <X11/Xatom.h>
#include <X11/Xlib.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PATIENCE_MS 20000
#define PAUSE_MS 100

typedef struct
{
  Display *display;
  Window own, target;
  Atom selection, status, finished, uri_list, copy;
  char text[65536]; /* of text/uri-list */
} Drop;

static Atom
atom (Drop *drop, const char *name)
{
  return XInternAtom (drop->display, name, False);
}

static void
tell (Drop *drop, const char *type, long one, long two, long three, long four)
{
  XEvent event = { .xclient = { .type = ClientMessage, .window = drop->target, .message_type = atom (drop, type), .format = 32 } };

  event.xclient.data.l[0] = (long) drop->own;
  event.xclient.data.l[1] = one;
  event.xclient.data.l[2] = two;
  event.xclient.data.l[3] = three;
  event.xclient.data.l[4] = four;
  XSendEvent (drop->display, drop->target, False, NoEventMask, &event);
  XFlush (drop->display);
}

static void
give_text (Drop *drop, const XSelectionRequestEvent *asked)
{
  XEvent answer = { .xselection = { .type = SelectionNotify, .requestor = asked->requestor, .selection = asked->selection, .target = asked->target, .time = asked->time } };

  if (asked->target == drop->uri_list)
    {
      XChangeProperty (drop->display, asked->requestor, asked->property, drop->uri_list, 8, PropModeReplace, (unsigned char *) drop->text, (int) strlen (drop->text));
      answer.xselection.property = asked->property;
    }
  XSendEvent (drop->display, asked->requestor, False, NoEventMask, &answer);
  XFlush (drop->display);
}

/* Serves requests until a message of that type comes; FALSE if none does within a pause. */
static Bool
wait_for (Drop *drop, Atom type, int milliseconds, XEvent *event)
{
  struct pollfd input = { ConnectionNumber (drop->display), POLLIN, 0 };

  while (XPending (drop->display) > 0 || poll (&input, 1, milliseconds) > 0)
    {
      XNextEvent (drop->display, event);
      if (event->type == SelectionRequest)
        give_text (drop, &event->xselectionrequest);
      else if (event->type == ClientMessage && event->xclient.message_type == type)
        return True;
    }
  return False;
}

static Bool
hover (Drop *drop)
{
  int x, y;
  Window child;
  XEvent event;

  XTranslateCoordinates (drop->display, drop->target, DefaultRootWindow (drop->display), 200, 200, &x, &y, &child);
  tell (drop, "XdndEnter", 5L << 24, (long) drop->uri_list, 0, 0);
  for (int tried = 0; tried < PATIENCE_MS / PAUSE_MS; tried++)
    {
      tell (drop, "XdndPosition", 0, ((long) x << 16) | y, CurrentTime, (long) drop->copy);
      if (wait_for (drop, drop->status, PAUSE_MS, &event) && (event.xclient.data.l[1] & 1))
        return True;
    }
  return False;
}

static int
let_go (Drop *drop)
{
  XEvent event;

  tell (drop, "XdndDrop", 0, CurrentTime, 0, 0);
  if (!wait_for (drop, drop->finished, PATIENCE_MS, &event))
    return 2;
  return event.xclient.data.l[1] & 1 ? 0 : 1;
}

static void
join_uris (Drop *drop, char **uris)
{
  size_t length = 0;

  for (; *uris; uris++)
    length += (size_t) snprintf (drop->text + length, sizeof drop->text - length, "%s\r\n", *uris);
}

int
main (int argc, char **argv)
{
  static Drop drop;

  if (argc < 3 || !(drop.display = XOpenDisplay (NULL)))
    return 2;
  drop.target = (Window) strtoul (argv[1], NULL, 0);
  drop.own = XCreateSimpleWindow (drop.display, DefaultRootWindow (drop.display), 0, 0, 1, 1, 0, 0, 0);
  drop.selection = atom (&drop, "XdndSelection");
  drop.status = atom (&drop, "XdndStatus");
  drop.finished = atom (&drop, "XdndFinished");
  drop.uri_list = atom (&drop, "text/uri-list");
  drop.copy = atom (&drop, "XdndActionCopy");
  join_uris (&drop, argv + 2);
  XSetSelectionOwner (drop.display, drop.selection, drop.own, CurrentTime);
  return hover (&drop) ? let_go (&drop) : 2;
}
