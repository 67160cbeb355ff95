#include "kept.h"

int64_t kept_outputs(uint32_t number, const struct kept_output *outputs, uint32_t count) {
  (void)number, (void)outputs, (void)count;
  return 0;
}
