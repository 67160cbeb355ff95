#include "caller.h"

uint32_t caller = NOBODY;
