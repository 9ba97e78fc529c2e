/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Text as open_clip hands it to its tokenizer: the default repairs of ftfy but for wrongly decoded text (entities,
 * ligatures, widths, quotes, line breaks, control characters, NFC), HTML unescaped twice, white space collapsed,
 * lower case.  `text` is valid UTF-8.  (transfer full) */
char *model_text_clean (const char *text);

G_END_DECLS
