#include "image.h"

static int image = -1;

bool image_offer(int fd) {
  if (image >= 0) return false;
  image = fd;
  return true;
}

bool image_is_offered(void) {
  return image >= 0;
}

int image_fd(void) {
  return image;
}

void image_drop(void) {
  sys_close(image);
  image = -1;
}
