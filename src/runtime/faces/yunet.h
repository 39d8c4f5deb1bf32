#pragma once
// The detector `yunet`: YuNet (Wu, Peng, Yu, "YuNet: A Tiny Millisecond-level Face Detector", 2023) as OpenCV's model zoo
// publishes it, run in ONNX Runtime.
//
// In: [1,3,H,W], blue first, 0..255, sides multiples of 32 (rest black, right and below). Out, for the strides s = 8, 16, 32
// with a row for each cell (r, c) of the H/s x W/s grid: cls_s and obj_s [1,N,1], bbox_s [1,N,4], kps_s [1,N,10].
//   score = sqrt(cls obj), both clamped to 0..1
//   centre = ((c, r) + bbox[0..1]) s      size = exp(bbox[2..3]) s
//   points = ((c, r) + kps) s: right eye, left eye, nose, right and left corner of the mouth, as the person means right
// (OpenCV's FaceDetectorYN reads the outputs the same way.)

#include <memory>

#include "src/runtime/faces/detector.h"

namespace facemat {

// Throws Error if config.file is no ONNX file with these inputs and outputs (its own are listed).
std::unique_ptr<FaceDetector> make_yunet_detector(const DetectorConfig& config, int threads);

}  // namespace facemat
