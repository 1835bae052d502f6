/*
 * Stands in for ONNX Runtime with a CUDA provider, where there is no card: its functions are those of the library that STUB_ONNXRUNTIME names,
 * on the CPU, but for those of the provider, which note what they are told in the file STUB_LOG, and for runs: these fail as a card does
 *
 *   that is lost: while the file STUB_LOST.<card> is there,
 *   whose memory is too small: where more than STUB_MOST pictures are given at once,
 *   that has no kernel for attention: where STUB_PLAIN names the card (`0`, `01`) and the graph has the operator.
 *
 * Places in the table are those of the public header, as in src/models/session/capi/table.ts.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef void *(*any)();
typedef struct { void *(*get)(uint32_t); const char *(*version)(void); } base_t;

enum { TABLE = 300, MOST = 64 };
static void *table[TABLE], **real;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct { void *of; int card; } cards[MOST];
static int known;

static void put(void *of, int card) {
  pthread_mutex_lock(&lock);
  int i = 0;
  while (i < known && cards[i].of != of) i++;
  if (i == known && known < MOST) known++;
  cards[i].of = of;
  cards[i].card = card;
  pthread_mutex_unlock(&lock);
}

static int card_of(void *of) {
  int card = -1;
  pthread_mutex_lock(&lock);
  for (int i = 0; i < known; i++) if (cards[i].of == of) card = cards[i].card;
  pthread_mutex_unlock(&lock);
  return card;
}

static void *status(const char *words) { return ((any)real[0])(1, words); }

static void note(const char *what, const char *key, const char *value) {
  const char *log = getenv("STUB_LOG");
  FILE *file = log ? fopen(log, "a") : NULL;
  if (!file) return;
  fprintf(file, "%s %s=%s\n", what, key, value);
  fclose(file);
}

static void *create(void **made) { *made = calloc(1, sizeof(int)); return NULL; }
static void release(void *own) { free(own); }

static void *update(void *own, const char **keys, const char **values, size_t count, const char *what) {
  for (size_t i = 0; i < count; i++) {
    note(what, keys[i], values[i]);
    if (!strcmp(keys[i], "device_id")) *(int *)own = atoi(values[i]);
  }
  return NULL;
}
static void *update_cuda(void *own, const char **keys, const char **values, size_t count) { return update(own, keys, values, count, "cuda"); }
static void *update_trt(void *own, const char **keys, const char **values, size_t count) { return update(own, keys, values, count, "tensorrt"); }
static void *append(void *options, void *own) { put(options, *(int *)own); return NULL; }

/* A node whose type it is: field 4 of the node, of nine letters. */
static int attends(const char *model, size_t length) {
  for (size_t i = 0; i + 11 <= length; i++) if (!memcmp(model + i, "\x22\x09" "Attention", 11)) return 1;
  return 0;
}

enum { REFUSES = 256 };

static void *open_array(void *env, void *model, size_t length, void *options, void **session) {
  int card = card_of(options), attention = attends(model, length);
  const char *plain = getenv("STUB_PLAIN");
  void *failed = ((any)real[8])(env, model, length, options, session);
  if (failed) return failed;
  if (card >= 0) note("graph", "attention", attention ? "1" : "0");
  put(*session, card >= 0 && attention && plain && strchr(plain, '0' + card) ? card | REFUSES : card);
  return NULL;
}
static void *open_file(void *env, const char *path, void *options, void **session) {
  void *failed = ((any)real[7])(env, path, options, session);
  if (!failed) put(*session, card_of(options));
  return failed;
}

static void *run(void *session, void *options, const char **inputs, void **given, size_t n, const char **outputs, size_t m, void **answers) {
  int card = card_of(session);
  if (card >= 0 && card & REFUSES) return status("Attention is not implemented for this card");
  const char *lost = getenv("STUB_LOST"), *most = getenv("STUB_MOST");
  char place[512];
  if (lost && card >= 0) {
    snprintf(place, sizeof place, "%s.%d", lost, card);
    if (!access(place, F_OK)) return status("CUDA failure 999: unknown error ; GPU=0 ; file=stub.c ; expr=cudaStreamSynchronize(stream);");
  }
  if (most && card >= 0) {
    void *info = NULL;
    int64_t dims[8] = {0};
    size_t rank = 0;
    ((any)real[65])(given[0], &info);
    ((any)real[61])(info, &rank);
    ((any)real[62])(info, dims, rank < 8 ? rank : 8);
    ((any)real[99])(info);
    if (dims[0] > atoi(most)) return status("Failed to allocate memory for requested buffer of size 68719476736");
  }
  note("run", "card", card == 0 ? "0" : card == 1 ? "1" : "?");
  return ((any)real[9])(session, options, inputs, given, n, outputs, m, answers);
}

static base_t own, *theirs;

static void *get(uint32_t version) {
  real = theirs->get(version);
  if (!real) return NULL;
  memcpy(table, real, sizeof table);
  table[7] = open_file;
  table[8] = open_array;
  table[9] = run;
  table[170] = append;
  table[171] = create;
  table[172] = update_trt;
  table[174] = release;
  table[204] = append;
  table[205] = create;
  table[206] = update_cuda;
  table[208] = release;
  return table;
}

const base_t *OrtGetApiBase(void) {
  if (theirs) return &own;
  void *library = dlopen(getenv("STUB_ONNXRUNTIME"), RTLD_LAZY);
  if (!library) { fprintf(stderr, "%s\n", dlerror()); return NULL; }
  theirs = ((base_t * (*)(void)) dlsym(library, "OrtGetApiBase"))();
  own.get = get;
  own.version = theirs->version;
  return &own;
}
