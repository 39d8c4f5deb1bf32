#pragma once
// Drawn faces: people who never lived, rendered with their exact mask, so that a model can be trained from a bare clone.
//
// A head is a grid over a skull displaced by smooth bumps (brows, sockets, nose, lips, chin, cheeks), posed in three
// dimensions, drawn through a z-buffer at several samples per pixel, and shaded in linear light (shading.h). Colour, eyes, lips
// and brows are functions of the place on the head (paint.h), hair is strands (hair.h). The mask is the coverage of the
// same samples.

#include "data/scene/scene.h"

namespace facemat {

// `identity` fixes the person: skull, skin, age, eyes, brows, hair, make-up. `capture` fixes the photograph: pose, expression,
// light, camera, clothes, background, crop. `time` (0..1) moves the head a little, smoothly, within a clip; stills have 0. A
// pure function: equal arguments give equal bytes. Image and mask are `side` x `side`, side >= 16 (else Error).
FaceView render_face(const Rng& identity, const Rng& capture, int side, double time);

}  // namespace facemat
