/* Stands in for NVIDIA's driver: STUB_CARDS cards of 8 GiB, for CUDA STUB_CUDA (13010 is 13.1). */
#include <stdio.h>
#include <stdlib.h>

static int count(void) { return getenv("STUB_CARDS") ? atoi(getenv("STUB_CARDS")) : 0; }
int cuInit(unsigned int flags) { return count() > 0 ? 0 : 100; }
int cuDeviceGetCount(int *cards) { *cards = count(); return 0; }
int cuDriverGetVersion(int *version) { *version = getenv("STUB_CUDA") ? atoi(getenv("STUB_CUDA")) : 13010; return 0; }
int cuDeviceGet(int *device, int ordinal) { *device = ordinal; return 0; }
int cuDeviceGetName(char *name, int length, int device) { snprintf(name, length, "Stub %d", device); return 0; }
int cuDeviceTotalMem_v2(size_t *bytes, int device) { *bytes = (size_t)8 << 30; return 0; }
