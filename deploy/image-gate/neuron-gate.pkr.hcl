# A part of a Packer build of an AMI, on an instance with Neuron devices. The build fails where the gate does.
build {
  provisioner "file" {
    source      = "neuron-validator_0.1.0-1_amd64.deb"
    destination = "/tmp/neuron-validator.deb"
  }

  # Last of all, and after a reboot into the kernel that the image will start with.
  provisioner "shell" {
    inline            = ["sudo reboot"]
    expect_disconnect = true
  }

  provisioner "shell" {
    pause_before = "60s"
    inline       = ["sudo apt-get install --yes /tmp/neuron-validator.deb"]
  }

  provisioner "shell" {
    script = "gate.sh"
  }
}
