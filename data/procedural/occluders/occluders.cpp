#include "data/procedural/occluders/occluders.h"

namespace facemat {

const std::vector<ProceduralOccluder>& procedural_occluders() {
  static const std::vector<ProceduralOccluder> table = {
      {"hand", "hand", "jointed hand with nails and forearm: open, spread, fist, pointing, covering the mouth, chin rest",
       draw_hand},
      {"hair_strands", "hair", "locks and single strands across brow, eyes and cheeks, swaying", draw_hair_strands},
      {"glasses", "glasses", "spectacles and sunglasses: opaque frame, half-transparent lenses with a reflection",
       draw_glasses},
      {"face_mask", "accessory", "surgical, cloth or patterned mask over nose, mouth and chin", draw_face_mask},
      {"cup", "object", "mug with handle, or paper cup with lid, held by a hand", draw_cup},
      {"phone", "object", "phone, back or screen, held by a hand", draw_phone},
      {"microphone", "object", "hand microphone with a grille, held by a hand", draw_microphone},
      {"food", "object", "apple, burger, ice cream or doughnut before the mouth", draw_food},
      {"scarf", "cloth", "wound scarf over chin and mouth", draw_scarf},
      {"cloth", "cloth", "hanging cloth, moving in from a side", draw_cloth},
      {"veil", "translucent", "thin cloth through which the face is seen", draw_veil},
      {"smoke", "translucent", "drifting, rising smoke", draw_smoke},
  };
  return table;
}

}  // namespace facemat
