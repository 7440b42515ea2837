"""Masked-language-model training: packing, whole-word masks, learning, resuming."""

import json
import zipfile
from itertools import permutations

import pytest
import torch
import yaml
from transformers import AutoModel

from arabic_ie.errors import ConfigError
from training.pretrain import WholeWordMasks, pack, paragraphs, pretrain, read_texts


def test_paragraphs_are_normalised_and_come_once():
    twice = "قصفت طائرات مجهولة مواقع في المدينة"
    assert list(paragraphs([twice, f"{twice}\nقصير", twice.replace("مج", "مـجـ")])) == [twice]


def test_reads_every_form(tmp_path):
    (tmp_path / "a.txt").write_text("سطر أول\n\nسطر ثان\n", encoding="utf-8")
    (tmp_path / "b.jsonl").write_text(json.dumps({"text": "جملة"}) + "\n", encoding="utf-8")
    with zipfile.ZipFile(tmp_path / "c.zip", "w") as archive:
        archive.writestr("c.json", json.dumps([{"title": "عنوان", "content": "متن"}]))
    assert list(read_texts([tmp_path])) == ["سطر أول", "سطر ثان", "جملة", "عنوان\nمتن"]
    with pytest.raises(ConfigError, match="missing"):
        list(read_texts([tmp_path / "missing.txt"]))


def test_packing_loses_no_token_and_masks_hide_whole_words(wordpiece, seed_docs):
    texts = [d.text for d in seed_docs]
    rows = pack(texts, wordpiece, 32, seed=1)
    count = sum(len(wordpiece(t, add_special_tokens=False)["input_ids"]) + 1 for t in paragraphs(texts))
    assert rows.ids.shape == (count // 30, 32)
    assert (rows.ids[:, 0] == wordpiece.cls_token_id).all()
    torch.manual_seed(0)
    collate = WholeWordMasks(wordpiece, 0.3)
    batch = collate([rows[i] for i in range(len(rows))])
    ids = torch.from_numpy(rows.ids).long()
    hidden = torch.zeros(ids.numel(), dtype=torch.bool)
    hidden[batch["positions"]] = True
    assert torch.equal(ids.flatten()[hidden], batch["labels"])
    assert torch.equal(batch["input_ids"].flatten()[~hidden], ids.flatten()[~hidden])
    assert not torch.isin(batch["labels"], torch.tensor(wordpiece.all_special_ids)).any()
    starts = torch.from_numpy(rows.starts).flatten()
    inside = ~starts[1:]
    assert torch.equal(hidden[1:][inside], hidden[:-1][inside]), "a word is hidden whole or not at all"
    assert 0.2 < hidden.float().mean() < 0.4


def test_learns_saves_and_resumes(encoder_folder, seed_docs, tmp_path):
    texts = tmp_path / "texts.txt"
    # Few words in many orders: what is learned of some rows holds for those held out.
    words = seed_docs[0].text.split()[:6]
    orders = list(permutations(words))[::9]
    texts.write_text("\n".join(" ".join(order) for order in orders), encoding="utf-8")
    config = {
        "encoder": str(encoder_folder), "texts": [str(texts)], "row_tokens": 32, "held_out": 0.05,
        "training": {
            "output_dir": str(tmp_path / "run"), "max_steps": 12, "per_device_train_batch_size": 8,
            "learning_rate": 0.005, "save_steps": 6, "disable_tqdm": True,
        },
    }  # fmt: skip
    (tmp_path / "c.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    folder = pretrain(tmp_path / "c.yaml")
    about = json.loads((folder / "pretraining.json").read_text())
    assert about["after"] < about["before"] - 1.0
    whole = AutoModel.from_pretrained(folder, dtype=torch.float32).state_dict()
    assert not torch.equal(
        whole["encoder.layer.0.output.dense.weight"],
        AutoModel.from_pretrained(encoder_folder).state_dict()["encoder.layer.0.output.dense.weight"],
    )
    # The second half once more from its checkpoint: the same weights as in one go.
    for name in ("checkpoint-12", "encoder"):
        (tmp_path / "run" / name).rename(tmp_path / name)
    again = AutoModel.from_pretrained(pretrain(tmp_path / "c.yaml", resume=True), dtype=torch.float32)
    for name, tensor in again.state_dict().items():
        torch.testing.assert_close(tensor, whole[name], atol=1e-3, rtol=1e-2)


def test_a_step_in_parts_is_the_mean_of_its_parts(encoder_folder, seed_docs, tmp_path):
    texts = tmp_path / "texts.txt"
    texts.write_text("\n".join(d.text for d in seed_docs), encoding="utf-8")
    norms = []
    for batch, parts in ((8, 1), (2, 4)):
        config = {
            "encoder": str(encoder_folder), "texts": [str(texts)], "row_tokens": 32,
            "training": {
                "output_dir": str(tmp_path / f"run{parts}"), "max_steps": 1, "save_steps": 1, "logging_steps": 1,
                "per_device_train_batch_size": batch, "gradient_accumulation_steps": parts, "disable_tqdm": True,
            },
        }  # fmt: skip
        (tmp_path / "c.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
        state = pretrain(tmp_path / "c.yaml").parent / "checkpoint-1" / "trainer_state.json"
        norms.append(json.loads(state.read_text())["log_history"][0]["grad_norm"])
    # The rows are the same, the masks are not; added up instead, the second would be four times as long.
    assert norms[1] < 2 * norms[0]
