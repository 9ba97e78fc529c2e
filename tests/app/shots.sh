#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Every view of the window as pictures, to be looked at:  tests/app/shots.sh BUILD OUTPUT
#
# Styles: light, dark, narrow (360 px), rtl (right to left), long (strings 40 % longer, from a translation made for it).
set -eu
build=$(readlink -f "$1") source=$(readlink -f "$(dirname "$0")/../..")
mkdir -p "$2"
out=$(readlink -f "$2")

# A "translation" into LANGUAGE: every sentence as it comes out of the filter.
translate() {
  language=$1
  shift
  export EIDETIC_LOCALE_DIR="$HOME/locale"
  mkdir -p "$HOME/locale/$language/LC_MESSAGES"
  (cd "$source" && xgettext --from-code=UTF-8 -k_ -kN_ -kngettext:1,2 -f po/POTFILES.in -o - 2>/dev/null) | msgen - |
    msgfilter --keep-header "$@" | msgfmt -o "$HOME/locale/$language/LC_MESSAGES/eidetic.mo" -
}

if [ "${3:-}" = inside ]; then
  export EIDETIC_WORKER=$build/src/worker/eidetic-worker EIDETIC_DATA_DIR=$source/data GSETTINGS_SCHEMA_DIR=$build/data
  export GSETTINGS_BACKEND=memory GTK_A11Y=none LC_ALL=C.UTF-8 GDK_BACKEND=x11
  style=$4 home=$5 size=1000x720
  export HOME="$home" XDG_DATA_HOME="$home/data" XDG_CACHE_HOME="$home/cache" XDG_CONFIG_HOME="$home/config" XDG_RUNTIME_DIR="$home"
  case $style in
    dark) export ADW_DEBUG_COLOR_SCHEME=prefer-dark ;;
    contrast) export ADW_DEBUG_HIGH_CONTRAST=1 ;;
    narrow) size=360x640 ;;
    rtl) # GLib asks for a translation of ours, GTK for a locale (package "locales"), before anything turns round
      translate he cat
      mkdir "$home/locales" && localedef -i he_IL -f UTF-8 "$home/locales/he_IL.UTF-8" || true
      export LOCPATH="$home/locales" LC_ALL=he_IL.UTF-8 ;;
    long)
      translate long python3 -c 'import sys; s = sys.stdin.read(); sys.stdout.write(s + " " + "ĥéẑ " * (len(s) // 10 + 1))'
      export LANGUAGE=long ;;
  esac
  width=${size%x*} height=${size#*x}
  program=$build/src/app/eidetic
  # A phone's shell makes dialogs as narrow as itself.
  fit() {
    [ "$style" = narrow ] || return 0
    for each in $(xdotool search --onlyvisible --class eidetic); do xdotool windowsize "$each" "$width" "$height" || true; done
  }
  settled() { fit; sleep "${1:-1}"; import -window root -crop "${width}x${height}+0+0" +repage "$out/$style-$2.png"; }
  show() {
    "$program" "$@" & pid=$!
    window=$(timeout 20 xdotool search --sync --onlyvisible --name Eidetic | tail -1)
    xdotool windowsize --sync "$window" "$width" "$height" windowmove "$window" 0 0 || true
    sleep 1
  }
  stop() { kill "$pid" 2>/dev/null || true; wait "$pid" 2>/dev/null || true; }
  middle=$((width / 2))

  show --library "$home/empty"
  settled 1 1-first-run
  stop
  cp -r "$source/data/samples" "$home/photos"
  printf 'no picture' > "$home/photos/broken.jpg"
  printf 'no picture either' > "$home/photos/a file with quite a long name that nobody can read.png"
  show "$home/photos"
  settled 0 2-indexing
  settled 8 3-grid
  xdotool mousemove $((width / 4)) 250 click 3
  settled 1 4-menu
  xdotool key Escape; sleep .3
  xdotool key ctrl+shift+m; sleep 1; xdotool type red; xdotool key Tab; xdotool type blue
  settled 2 5-similar-but
  xdotool key Return
  settled 2 6-similar-results
  xdotool key Escape; sleep .5; xdotool key ctrl+f; xdotool type "a cat in the desert"
  settled 2 7-search
  xdotool key ctrl+a; xdotool type 'date:nonsense'
  settled 2 8-search-refused
  xdotool key ctrl+a BackSpace; sleep .5; xdotool key F10
  settled 1 9-main-menu
  xdotool key Down Return
  settled 2 10-problems
  xdotool key Escape; sleep .5; xdotool key ctrl+question
  settled 2 11-shortcuts
  stop
  show --library "$home/photos/broken.jpg"
  settled 3 12-failed
  stop
  exit 0
fi

for style in ${3:-light dark contrast narrow rtl long}; do
  home=$(mktemp -d)
  chmod 700 "$home"
  dbus-run-session -- xvfb-run -a -s "-screen 0 1000x720x24" "$0" "$build" "$out" inside "$style" "$home" || echo "$style failed" >&2
  rm -rf "$home"
done
