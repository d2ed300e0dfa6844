// Solves the form's proof of work (ALTCHA) while the resident is typing: SHA-256(salt + number) must be the challenge.
// Without this script, or without WebCrypto, the form is sent all the same and a person looks at it first.
(function () {
  "use strict";
  var form = document.querySelector("form[data-proof]");
  if (!form || !window.crypto || !window.crypto.subtle || !window.TextEncoder) return;
  var task = JSON.parse(form.getAttribute("data-proof"));
  var field = form.elements.altcha;
  var encoder = new TextEncoder();
  var waiting = false;
  var over = false;

  function hex(buffer) {
    return Array.prototype.map
      .call(new Uint8Array(buffer), function (byte) { return ("0" + byte.toString(16)).slice(-2); })
      .join("");
  }

  function done(number) {
    field.value = btoa(JSON.stringify({
      algorithm: task.algorithm, challenge: task.challenge, number: number, salt: task.salt, signature: task.signature
    }));
    send();
  }

  function send() {
    over = true;
    if (waiting) form.submit();
    waiting = false;
  }

  function from(number) {
    if (number > task.maxNumber) return send();
    // In batches, so that the page stays alive.
    var batch = [];
    for (var i = number; i < number + 500 && i <= task.maxNumber; i++) batch.push(i);
    Promise.all(batch.map(function (n) {
      return window.crypto.subtle.digest("SHA-256", encoder.encode(task.salt + n));
    })).then(function (digests) {
      for (var i = 0; i < digests.length; i++) {
        if (hex(digests[i]) === task.challenge) return done(batch[i]);
      }
      from(number + 500);
    }, send);
  }

  form.addEventListener("submit", function (event) {
    if (over) return;
    event.preventDefault();
    waiting = true;
    form.querySelector("button[type=submit]").disabled = true;
  });
  from(0);
})();
