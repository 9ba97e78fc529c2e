/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model-error.h"

G_BEGIN_DECLS

/* Byte-pair encoding equal to open_clip's SimpleTokenizer, with the vocabulary of a model folder.  Immutable once
 * made, so any thread may use it. */
typedef struct _ModelTokenizer ModelTokenizer;

/* Reads vocab.json and merges.txt of `folder`.  `vocabulary` is what the configuration says; a file that disagrees is
 * an error.  context: the longest result. */
ModelTokenizer *model_tokenizer_new (const char *folder, guint vocabulary, guint context, GError **error);
ModelTokenizer *model_tokenizer_ref (ModelTokenizer *tokenizer);
void model_tokenizer_unref (ModelTokenizer *tokenizer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ModelTokenizer, model_tokenizer_unref)

/* start, tokens, end; no padding; cut to the context with the last id set to end.  Never fails: text that is not UTF-8
 * is repaired first.  (element-type gint32) (transfer full) */
GArray *model_tokenizer_encode (ModelTokenizer *tokenizer, const char *text);
gint32 model_tokenizer_get_start (ModelTokenizer *tokenizer);
gint32 model_tokenizer_get_end (ModelTokenizer *tokenizer);
/* The text of ids as people read it: specials dropped, "</w>" to a space, trimmed. */
char *model_tokenizer_decode (ModelTokenizer *tokenizer, const gint32 *ids, gsize n);

G_END_DECLS
